// [desk]
#include "desk.hpp"

#include <doctest/doctest.h>

#include "words.hpp"

using namespace lending;
using namespace tidemark::intake;

namespace {

std::string reason_of(const std::string& line) {
  return std::get<Mismatch>(Desk().map(line)).reason;
}

}  // namespace

TEST_SUITE("desk") {
  TEST_CASE("a line that asks for something is a command, and always the same one") {
    const auto* line =
        R"({"at":"2026-01-01T09:00:00Z","ask":"lend","book":"moby_dick","reader":"ahab"})";
    const auto command = std::get<Command>(Desk().map(line)).message;
    CHECK(command.type == "lending.v1.LendBook");
    CHECK(command.data == lend().SerializeAsString());
    CHECK(command.options.id == std::get<Command>(Desk().map(line)).message.options.id);
  }

  TEST_CASE("a line that only waits says what time it is") {
    const auto mapped = Desk().map(R"({"at":"2026-01-01T00:00:00Z","ask":"wait"})");
    CHECK(std::get<TimeOnly>(mapped).event_time ==
          tidemark::parse_utc_time("2026-01-01T00:00:00Z"));
  }

  TEST_CASE("a line that makes no sense says why") {
    CHECK(reason_of("lend me a book") == "desk.not_json");
    CHECK(reason_of(R"({"at":"yesterday","ask":"wait"})") == "desk.bad_time");
    CHECK(reason_of(R"({"at":"2026-01-01T00:00:00Z","ask":"lend"})") == "desk.no_book");
    CHECK(reason_of(R"({"at":"2026-01-01T00:00:00Z","ask":"eat","book":"b"})") ==
          "desk.unknown_request");
  }
}
// [/desk]
