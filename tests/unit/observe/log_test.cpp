#include "tidemark/observe/log.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"

using tidemark::ManualClock;
using tidemark::UtcTime;
using namespace tidemark::observe;

namespace {

constexpr auto start = UtcTime::from_micros(1'795'237'362'000'001);

std::string as_text(std::initializer_list<Field> fields) {
  return render_text({.time = start,
                      .level = Level::info,
                      .event = "relay.started",
                      .bound = {},
                      .fields = {fields.begin(), fields.size()}});
}

std::string as_json(std::initializer_list<Field> fields) {
  return render_json({.time = start,
                      .level = Level::warn,
                      .event = "relay.started",
                      .bound = {},
                      .fields = {fields.begin(), fields.size()}});
}

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_SUITE("observe/log") {
  TEST_CASE("a line of text holds time, level, event and fields in that order") {
    const std::string topic = "orders";
    CHECK(as_text({{"topic", topic},
                   {"position", std::uint64_t{18'446'744'073'709'551'615U}},
                   {"change", -1},
                   {"standby", false}}) ==
          "2026-11-21T05:02:42.000001Z info relay.started topic=orders "
          "position=18446744073709551615 change=-1 standby=false");
  }

  TEST_CASE("whatever a value holds, a line stays one line of printable characters") {
    CHECK(as_text({{"a", ""}, {"b", "two words"}, {"c", "x=y"}, {"d", "say \"no\""}}) ==
          "2026-11-21T05:02:42.000001Z info relay.started a=\"\" b=\"two words\" c=\"x=y\" "
          R"(d="say \"no\"")");
    CHECK(as_text({{"a", "1\n2\r3\t4\x1b[31m\x7f"}, {"b", "\\"}}) ==
          "2026-11-21T05:02:42.000001Z info relay.started "
          R"(a="1\n2\r3\t4\u001b[31m\u007f" b="\\")");
    CHECK(as_text({{"c1", "a\xc2\x9bz"}, {"utf8", "gr\xc3\xbcn"}, {"broken", "\xff!"}}) ==
          "2026-11-21T05:02:42.000001Z info relay.started "
          R"(c1="a\u009bz" utf8=grün broken="\xff!")");
  }

  TEST_CASE("a line of JSON keeps numbers as numbers and is always valid UTF-8") {
    CHECK(as_json({{"topic", "a\"b\n"}, {"position", 42}, {"standby", true}, {"bad", "\xff"}}) ==
          R"({"time":"2026-11-21T05:02:42.000001Z","level":"warn","event":"relay.started",)"
          R"("topic":"a\"b\n","position":42,"standby":true,"bad":"\ufffd"})");
  }

  TEST_CASE("a secret never prints") {
    const Secret password("hunter2");
    CHECK(as_text({{"password", password}}).find("hunter2") == std::string::npos);
    CHECK(fmt::format("{}", password) == "***");
    CHECK(to_string(password) == "***");
    std::ostringstream stream;
    stream << password;
    CHECK(stream.str() == "***");
    CHECK(password.reveal() == "hunter2");
  }

  TEST_CASE("lines below the level are not written, and the level can change for all copies") {
    const ManualClock clock(start);
    const auto sink = std::make_shared<CapturingSink>();
    const Logger log(sink, clock);
    const Logger copy = log.with({});
    log.debug("a.hidden");
    copy.set_minimum(Level::debug);
    log.debug("a.shown");
    log.set_minimum(Level::error);
    copy.warn("a.hidden");
    REQUIRE(sink->lines().size() == 1);
    CHECK(sink->lines()[0].event == "a.shown");
    CHECK(sink->lines()[0].time == start);
  }

  TEST_CASE("bound fields come first and outlive the texts they were made from") {
    const ManualClock clock;
    const auto sink = std::make_shared<CapturingSink>();
    const auto outer = [&] {
      const std::string name = "a name that is too long to be kept inside of a string";
      return Logger(sink, clock).with({{"worker", name}});
    }();
    const auto inner = outer.with({{"topic", "orders"}});
    outer.info("step.done", {{"items", 3}});
    inner.info("step.done");
    const auto lines = sink->lines("step.done");
    REQUIRE(lines.size() == 2);
    REQUIRE(lines[0].fields.size() == 2);
    CHECK(lines[0].fields[0].second == "a name that is too long to be kept inside of a string");
    CHECK(lines[0].fields[1] == std::pair<std::string, std::string>("items", "3"));
    CHECK(lines[1].field("topic") == "orders");
    CHECK(lines[1].field("items") == std::nullopt);
  }

  TEST_CASE("an error line carries a hint, whatever the error is made of") {
    const ManualClock clock;
    const auto sink = std::make_shared<CapturingSink>();
    const Logger log(sink, clock);
    log.error("disk.full", "free some space", {{"file", "a.db"}});
    log.error("disk.full",
              tidemark::Failure(
                  {.code = "store.disk_full", .message = "no room", .hint = "free some space"}));
    log.error("disk.full", tidemark::Problem{.code = "config.bad",
                                             .field = "store.file",
                                             .message = "no such folder",
                                             .hint = "make it"});
    const auto lines = sink->lines("disk.full");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].field("hint") == "free some space");
    CHECK(lines[1].field("code") == "store.disk_full");
    CHECK(lines[1].field("hint") == "free some space");
    CHECK(lines[2].field("field") == "store.file");
    CHECK(lines[2].level == Level::error);
  }

  TEST_CASE("the null logger takes everything and keeps nothing") {
    const auto log = Logger::null();
    CHECK_FALSE(log.enabled(Level::error));
    log.with({{"a", 1}}).error("a.b", "c");
    log.set_minimum(Level::debug);
  }

  TEST_CASE("a level survives text and back") {
    for (const auto level : {Level::debug, Level::info, Level::warn, Level::error}) {
      CHECK(parse_level(to_string(level)) == level);
    }
    CHECK(parse_level("INFO") == std::nullopt);
  }

  TEST_CASE("a log file is appended to, line by line") {
    const auto file = std::filesystem::temp_directory_path() /
                      fmt::format("tidemark-log-{}", tidemark::SystemRandom().next());
    std::filesystem::remove(file);
    const ManualClock clock(start);
    for (const auto format : {LogFormat::text, LogFormat::json}) {
      auto sink = open_log({.format = format, .file = file.string()});
      REQUIRE(sink.has_value());
      Logger(sink.value(), clock).info("app.started", {{"percent", "100%"}});
    }
    CHECK(content_of(file) ==
          "2026-11-21T05:02:42.000001Z info app.started percent=100%\n"
          R"({"time":"2026-11-21T05:02:42.000001Z","level":"info","event":"app.started",)"
          "\"percent\":\"100%\"}\n");
    std::filesystem::remove(file);
  }

  TEST_CASE("a log file that cannot be opened is a problem that names it") {
    const auto sink = open_log({.file = "/proc/no/such/folder/log"});
    REQUIRE_FALSE(sink.has_value());
    CHECK(sink.error().code == "log.unwritable");
    CHECK(sink.error().field == "/proc/no/such/folder/log");
  }
}
