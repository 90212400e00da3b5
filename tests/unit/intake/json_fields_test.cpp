#include "tidemark/intake/json_fields.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using tidemark::intake::JsonField;
using tidemark::intake::JsonFields;
using Kind = JsonField::Kind;
using Read = JsonFields::Read;
using namespace std::string_literals;

namespace {

/// Fields a, payload, payload.b, payload.deep.c of lines.
struct Reader {
  Reader() : fields({"a", "payload", "payload.b", "payload.deep.c"}) {}
  Read read(std::string_view line) { return fields.read(line); }
  const JsonField& a() const { return fields[0]; }
  const JsonField& payload() const { return fields[1]; }
  const JsonField& b() const { return fields[2]; }
  const JsonField& c() const { return fields[3]; }
  JsonFields fields;
};

/// What one field holds whose value is written so.
JsonField value(const std::string& text) {
  Reader reader;
  REQUIRE(reader.read("{\"a\":" + text + "}") == Read::fields);
  return reader.a();
}
Read read_value(const std::string& text) { return Reader().read("{\"a\":" + text + "}"); }

}  // namespace

TEST_SUITE("intake/json_fields") {
  TEST_CASE("each kind of value is told from the others") {
    CHECK(value("null").kind == Kind::null);
    CHECK(value("true").kind == Kind::boolean);
    CHECK(value("true").integer == 1);
    CHECK(value("false").integer == 0);
    CHECK(value("12").kind == Kind::integer);
    CHECK(value("1.5").kind == Kind::number);
    CHECK(value("\"x\"").kind == Kind::text);
    CHECK(value("{}").kind == Kind::object);
    CHECK(value("[]").kind == Kind::array);
    Reader reader;
    REQUIRE(reader.read("{}") == Read::fields);
    CHECK(reader.a().kind == Kind::absent);
  }

  TEST_CASE("fields of objects in objects are found and all others are passed over") {
    Reader reader;
    REQUIRE(reader.read(R"({"z":[{"a":1,"payload":{"b":2}}],"payload":{"a":3,"b":"four",)"
                        R"("deep":{"b":5,"c":6,"deep":{"c":7}}},"a":8,"payload.b":9})") ==
            Read::fields);
    CHECK(reader.a().integer == 8);
    CHECK(reader.b().text == "four");
    CHECK(reader.c().integer == 6);
    CHECK(reader.payload().kind == Kind::object);
  }

  TEST_CASE("nothing of a line shows in the next one") {
    Reader reader;
    REQUIRE(reader.read(R"({"a":"old","payload":{"b":1,"deep":{"c":2}}})") == Read::fields);
    REQUIRE(reader.read(R"({"payload":{}})") == Read::fields);
    CHECK(reader.a().kind == Kind::absent);
    CHECK(reader.b().kind == Kind::absent);
    CHECK(reader.c().kind == Kind::absent);
    REQUIRE(reader.read("[[{") == Read::not_json);
    REQUIRE(reader.read(R"({"a":1})") == Read::fields);
    CHECK(reader.a().integer == 1);
  }

  TEST_CASE("a name that stands twice counts as it stands last") {
    Reader reader;
    REQUIRE(reader.read(R"({"a":1,"a":"two"})") == Read::fields);
    CHECK(reader.a().kind == Kind::text);
    CHECK(reader.a().text == "two");
    REQUIRE(reader.read(R"({"a":"one","a":null})") == Read::fields);
    CHECK(reader.a().kind == Kind::null);
  }

  TEST_CASE("an object that stands twice counts as it stands last with all that is in it") {
    Reader reader;
    REQUIRE(reader.read(R"({"payload":{"b":1,"deep":{"c":2}},"payload":{"deep":{}}})") ==
            Read::fields);
    CHECK(reader.payload().kind == Kind::object);
    CHECK(reader.b().kind == Kind::absent);
    CHECK(reader.c().kind == Kind::absent);
    for (const auto* last : {"3", "null", "[{\"b\":4}]", "\"text\"", "true", "1.5"}) {
      CAPTURE(last);
      REQUIRE(reader.read(R"({"payload":{"b":1,"deep":{"c":2}},"payload":)"s + last + "}") ==
              Read::fields);
      CHECK(reader.payload().kind != Kind::object);
      CHECK(reader.b().kind == Kind::absent);
      CHECK(reader.c().kind == Kind::absent);
    }
    REQUIRE(reader.read(R"({"payload":5,"payload":{"b":6}})") == Read::fields);
    CHECK(reader.b().integer == 6);
  }

  TEST_CASE("integers reach to both ends of 64 bits and no further") {
    CHECK(value("9223372036854775807").integer == INT64_MAX);
    CHECK(value("-9223372036854775808").integer == INT64_MIN);
    CHECK(value("-9223372036854775808").kind == Kind::integer);
    CHECK(value("9223372036854775808").kind == Kind::number);
    CHECK(value("-9223372036854775809").kind == Kind::number);
    CHECK(value("18446744073709551615").kind == Kind::number);
    CHECK(value("18446744073709551616").kind == Kind::number);
    CHECK(value("1" + std::string(300, '0')).kind == Kind::number);
    CHECK(value("-0").kind == Kind::integer);
    CHECK(value("-0").integer == 0);
  }

  TEST_CASE("a fraction or an exponent makes a number that is no integer") {
    for (const auto* text : {"1.0", "1e3", "1E+3", "-0.0", "10e-1", "1e308"}) {
      CAPTURE(text);
      CHECK(value(text).kind == Kind::number);
    }
  }

  TEST_CASE("a number beyond the range of a double is no JSON") {
    CHECK(read_value("1e309") == Read::not_json);
    CHECK(read_value("-1e400") == Read::not_json);
    CHECK(read_value("1" + std::string(400, '0')) == Read::not_json);
    CHECK(read_value("1e-400") == Read::fields);
  }

  TEST_CASE("what other languages write for numbers is no JSON") {
    for (const auto* text : {"NaN", "Infinity", "-Infinity", "+1", "01", "-", "1.", ".5", "0x10",
                             "1_000", "1e", "--1"}) {
      CAPTURE(text);
      CHECK(read_value(text) == Read::not_json);
    }
  }

  TEST_CASE("escapes are resolved and half a surrogate pair is no JSON") {
    CHECK(value(R"("\u0041\n\t\"\\\/")").text == "A\n\t\"\\/");
    CHECK(value(R"("\ud83d\ude00")").text == "\xf0\x9f\x98\x80");
    CHECK(value(R"("a\u0000b")").text == "a\0b"s);
    for (const auto* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\ud83d")",
                             R"("\uZZZZ")", R"("\x41")", R"("\u12")"}) {
      CAPTURE(text);
      CHECK(read_value(text) == Read::not_json);
    }
  }

  TEST_CASE("only an object is a line") {
    Reader reader;
    for (const auto* line :
         {"null", "true", "1", "1.5", "\"x\"", "[]", "[{\"a\":1}]", "{", "}", "{}{}", "{},",
          "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}", "x", "{\"a\":1}x", "/* c */{}", "{} // c"}) {
      CAPTURE(line);
      CHECK(reader.read(line) == Read::not_json);
      CHECK(reader.fields.error_at() >= 1);
    }
    CHECK(reader.read(" \t{ \"a\" : 1 } \r") == Read::fields);
  }

  TEST_CASE("it says at which byte a line stops being JSON") {
    Reader reader;
    REQUIRE(reader.read(R"({"a":x})") == Read::not_json);
    CHECK(reader.fields.error_at() == 6);
    REQUIRE(reader.read("{}\0"s) == Read::not_json);
    CHECK(reader.fields.error_at() == 3);
    REQUIRE(reader.read("[]") == Read::not_json);
    CHECK(reader.fields.error_at() == 1);
  }

  TEST_CASE("a byte order mark is no JSON") {
    Reader reader;
    CHECK(reader.read("\xef\xbb\xbf{\"a\":1}") == Read::not_json);
    CHECK(reader.fields.error_at() == 1);
    CHECK(reader.read(" \xef\xbb\xbf{\"a\":1}") == Read::not_json);
    CHECK(reader.read("\xef\xbb\xbf") == Read::not_json);
  }

  TEST_CASE("a NUL byte is no JSON wherever it stands") {
    Reader reader;
    for (const auto& line : {"\0"s, "\0{}"s, "{}\0"s, "{\"a\":1}\0garbage"s, "{\"a\":\0 1}"s,
                             "{\"a\":\"x\0y\"}"s, "{\"a\":1\0}"s, "   \0"s}) {
      CAPTURE(line);
      CHECK(reader.read(line) == Read::not_json);
    }
  }

  TEST_CASE("control characters in a text are no JSON unless they are escaped") {
    CHECK(read_value("\"tab\there\"") == Read::not_json);
    CHECK(read_value("\"\x1f\"") == Read::not_json);
    CHECK(read_value("\"\x7f\"") == Read::fields);
  }

  TEST_CASE("bytes that are not UTF-8 are told from what is no JSON") {
    Reader reader;
    for (const auto& line :
         {"{\"a\":\"caf\xe9\"}"s, "\xff\xfe"s, "{\"a\":\"\xc0\xaf\"}"s, "{\"a\":\"\xed\xa0\x80\"}"s,
          "{\"a\":\"\xf0\x9f\x98\"}"s, "no JSON either \x80"s, "{\"a\":\"\xf4\x90\x80\x80\"}"s}) {
      CAPTURE(line);
      CHECK(reader.read(line) == Read::bad_encoding);
    }
    CHECK(reader.read("{\"a\":\"caf\xc3\xa9\"}") == Read::fields);
  }

  TEST_CASE("lines of white space are blank") {
    Reader reader;
    for (const auto* line : {"", " ", "\t", "\r", " \t \r", "\n"}) {
      CHECK(reader.read(line) == Read::blank);
    }
    CHECK(reader.read("\v") == Read::not_json);
    CHECK(reader.read("\xc2\xa0") == Read::not_json);
  }

  TEST_CASE("a hundred thousand levels are read like any other") {
    Reader reader;
    constexpr std::size_t levels = 100'000;
    const std::string arrays = std::string(levels, '[') + std::string(levels, ']');
    CHECK(reader.read("{\"z\":" + arrays + ",\"a\":1}") == Read::fields);
    CHECK(reader.a().integer == 1);
    std::string objects;
    for (std::size_t level = 0; level < levels; ++level) objects += "{\"payload\":";
    CHECK(reader.read(objects + "1" + std::string(levels, '}')) == Read::fields);
    CHECK(reader.payload().kind == Kind::object);
    CHECK(reader.read(std::string(levels, '[')) == Read::not_json);
    CHECK(reader.read(objects) == Read::not_json);
    CHECK(reader.read("{\"z\":" + std::string(levels, '[') + "}") == Read::not_json);
  }

  TEST_CASE("any cut of a line is read without harm") {
    Reader reader;
    const std::string line =
        R"({"a":"\ud83d\ude00é","payload":{"b":[1,2.5e3,{"x":null}],"deep":{"c":-7}},"z":true})";
    REQUIRE(reader.read(line) == Read::fields);
    for (std::size_t size = 1; size < line.size(); ++size) {
      CAPTURE(size);
      CHECK(reader.read(std::string_view(line).substr(0, size)) != Read::fields);
    }
  }
}
