#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <tidemark/base/random.hpp>
#include <vector>

#include "tidemark/intake/json_fields.hpp"

using tidemark::SeededRandom;
using tidemark::intake::JsonField;
using tidemark::intake::JsonFields;
using Read = JsonFields::Read;

namespace {

const std::vector<std::string> paths{"a", "payload", "payload.b", "payload.deep.c", "d"};

const std::vector<std::string> lines{
    R"({"a":"text","payload":{"b":12,"deep":{"c":-7},"x":[1,{"a":2},[]]},"d":null,"z":true})",
    R"( { "d" : 999999999999999999 , "a":"é 日本","payload" : {"b":"","deep":{}},"a":false}  )",
    R"({"payload":{"b":0,"deep":{"c":[0,-1,10]}},"payload":3,"d":{"a":[[[]]]},"a":-0})", R"({})"};

/// A line that says the same, and that only a whole parser reads: an escape stands in it.
std::string with_escape(const std::string& line) {
  const auto brace = line.find('{');
  const auto rest = line.substr(brace + 1);
  const bool is_empty = rest.find_first_not_of(" \t\r\n") == rest.find('}');
  return line.substr(0, brace) + R"({"\u0071":0)" + (is_empty ? "" : ",") + rest;
}

void check_same(const JsonFields& left, const JsonFields& right) {
  for (std::size_t at = 0; at < paths.size(); ++at) {
    CAPTURE(paths[at]);
    REQUIRE(left[at].kind == right[at].kind);
    using Kind = JsonField::Kind;
    if (left[at].kind == Kind::text) REQUIRE(left[at].text == right[at].text);
    const bool is_number = left[at].kind == Kind::integer || left[at].kind == Kind::boolean;
    if (is_number) REQUIRE(left[at].integer == right[at].integer);
  }
}

/// `line` with one or two bytes put in, taken out or changed.
std::string damaged(std::string line, SeededRandom& random) {
  constexpr std::string_view bytes = "{}[]:,\"\\ 0123456789-.eE+tfnul\tab\n";
  const auto times = 1 + random.below(2);
  for (std::uint64_t time = 0; time < times && line.size() > 1; ++time) {
    const auto at = random.below(line.size());
    const auto byte = bytes[random.below(bytes.size())];
    switch (random.below(3)) {
      case 0:
        line[at] = byte;
        break;
      case 1:
        line.insert(at, 1, byte);
        break;
      default:
        line.erase(at, 1);
        break;
    }
  }
  return line;
}

}  // namespace

TEST_SUITE("intake/plain_json") {
  TEST_CASE("a line means the same with and without escapes") {
    JsonFields plain(paths);
    JsonFields whole(paths);
    for (const auto& line : lines) {
      CAPTURE(line);
      REQUIRE(plain.read(line) == Read::fields);
      REQUIRE(whole.read(with_escape(line)) == Read::fields);
      check_same(plain, whole);
    }
  }

  TEST_CASE("a damaged line means the same with and without escapes") {
    SeededRandom random(11);
    JsonFields plain(paths);
    JsonFields whole(paths);
    int read = 0;
    for (int round = 0; round < 40'000; ++round) {
      const auto line = damaged(lines[random.below(lines.size())], random);
      const auto first = line.find_first_not_of(" \t\r\n");
      if (first == std::string::npos || line[first] != '{') continue;
      CAPTURE(line);
      const auto found = plain.read(line);
      REQUIRE(whole.read(with_escape(line)) == found);
      if (found != Read::fields) continue;
      ++read;
      check_same(plain, whole);
    }
    CHECK(read > 4'000);
  }

  TEST_CASE("more levels than are read plainly are read all the same") {
    JsonFields fields({"a", "z"});
    for (std::size_t levels = 28; levels < 36; ++levels) {
      CAPTURE(levels);
      const auto line =
          R"({"z":)" + std::string(levels, '[') + std::string(levels, ']') + R"(,"a":1})";
      REQUIRE(fields.read(line) == Read::fields);
      CHECK(fields[0].integer == 1);
      CHECK(fields[1].kind == JsonField::Kind::array);
    }
  }
}
