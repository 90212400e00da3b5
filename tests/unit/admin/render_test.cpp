#include "tidemark/admin/render.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace tidemark;
using namespace tidemark::admin;

namespace {

Report sample() {
  return Report()
      .add(FactList{.name = {},
                    .facts = {{"application", std::string("counting")},
                              {"file", Size{1536}},
                              {"age", Micros(3'725'000'000)},
                              {"since", UtcTime::from_micros(1'767'225'600'000'000)},
                              {"paused", false},
                              {"reason", Value()}}})
      .add(Table{.name = "streams",
                 .columns = {"stream", "version", "data"},
                 .rows = {{std::string("counter-a"), std::uint64_t{7}, Json{R"({"amount":"3"})"}},
                          {std::string("counter-bö"), std::uint64_t{12}, Value()}}});
}

std::string table_of(const Report& report, Terminal terminal = {}) {
  std::ostringstream out;
  render_table(out, report, terminal);
  return out.str();
}

std::string json_of(const Report& report) {
  std::ostringstream out;
  render_json(out, report);
  return out.str();
}

}  // namespace

TEST_SUITE("admin/render") {
  TEST_CASE("a report for a person is aligned, by characters and not by bytes") {
    CHECK(table_of(sample()) == R"(application  counting
file         1.5 KiB
age          1 h 2 min
since        2026-01-01T00:00:00Z
paused       no
reason       -

STREAMS
STREAM      VERSION  DATA
counter-a         7  {"amount":"3"}
counter-bö       12  -
)");
  }

  TEST_CASE("a report for a program is one JSON document with units in the names") {
    CHECK(json_of(sample()) ==
          R"({"application":"counting","file_bytes":1536,"age_seconds":3725.0,)"
          R"("since":"2026-01-01T00:00:00Z","paused":false,"reason":null,)"
          R"("streams":[{"stream":"counter-a","version":7,"data":{"amount":"3"}},)"
          R"({"stream":"counter-bö","version":12,"data":null}]})"
          "\n");
  }

  TEST_CASE("what has no room in a line stands below it whole") {
    const auto report = Report().add(
        Table{.name = "t",
              .columns = {"position", "data"},
              .rows = {{std::uint64_t{1'234'567'890}, std::string("abcdefghijklmnop")}}});
    CHECK(table_of(report, {.width = 22}) ==
          "  POSITION\n1234567890\n    data: abcdefghijklmnop\n");
    CHECK(table_of(report, {.width = 28}) == table_of(report));
  }

  TEST_CASE("a narrow terminal shortens times, types and headings before it cuts anything") {
    const auto report = Report().add(
        Table{.name = "t",
              .columns = {"name", "recorded_at", "type"},
              .rows = {{std::string("a-long-name"), UtcTime::from_micros(1'767'225'600'123'456),
                        std::string("accepted shop.v1.Order")}}});
    CHECK(table_of(report) ==
          "NAME         RECORDED AT               TYPE\n"
          "a-long-name  2026-01-01T00:00:00.123Z  accepted shop.v1.Order\n");
    CHECK(table_of(report, {.width = 45}) ==
          "             RECORDED        \n"
          "NAME         AT              TYPE\n"
          "a-long-name  01-01 00:00:00  accepted Order\n");
  }

  TEST_CASE("prose goes below a row before a name does, and what is not known is left out") {
    const auto report = Report().add(
        Table{.name = "t",
              .columns = {"name", "reason", "code", "parked"},
              .rows = {{std::string("a-long-name"), std::string("because it was so"),
                        std::string("shop.closed"), std::uint64_t{3}},
                       {std::string("another"), Value(), std::string("fine"), Value()}}});
    CHECK(table_of(report, {.width = 34}) ==
          "NAME         CODE         PARKED\n"
          "a-long-name  shop.closed       3\n"
          "    reason: because it was so\n"
          "another      fine              -\n");
    CHECK(table_of(report, {.width = 20}) ==
          "NAME\n"
          "a-long-name\n"
          "    reason: because\n    it was so\n"
          "    code: shop.closed\n    parked: 3\n"
          "another\n    code: fine\n");
  }

  TEST_CASE("rows that come one after the other lose no column on a narrow terminal") {
    const Facts event{{"position", std::uint64_t{7}},
                      {"stream", std::string("counter-a-long-name")},
                      {"version", std::uint64_t{2}},
                      {"data", Json{R"({"amount":"3"})"}}};
    const auto shown = [&](std::size_t width) {
      std::ostringstream out;
      RowPrinter printer(out,
                         {{.name = "position", .width = 9, .narrow_width = 8},
                          {.name = "stream", .width = 20, .narrow_width = 10},
                          {.name = "version", .width = 7, .narrow_width = 7},
                          {.name = "data"}},
                         {.width = width});
      printer.header();
      printer.row(event);
      return out.str();
    };
    CHECK(shown(0) ==
          "POSITION   STREAM                VERSION  DATA\n"
          "        7  counter-a-long-name         2  {\"amount\":\"3\"}\n");
    CHECK(shown(40) ==
          "POSITION  STREAM      VERSION  DATA\n"
          "       7  counter-a-long-name        2\n"
          "    data: {\"amount\":\"3\"}\n");
    CHECK(shown(32) ==
          "POSITION  STREAM      VERSION\n"
          "       7  counter-a-long-name\n"
          "    version: 2\n"
          "    data: {\"amount\":\"3\"}\n");
  }

  TEST_CASE("colour is for terminals that show it") {
    const auto report =
        Report().add(FactList{.name = {}, .facts = {{"state", Marked{"bad", Mood::bad}}}});
    CHECK(table_of(report) == "state  bad\n");
    CHECK(table_of(report, {.colour = true}) == "state  \x1b[31mbad\x1b[0m\n");
  }

  TEST_CASE("what was stored cannot steer the terminal") {
    const auto report =
        Report().add(FactList{.name = {}, .facts = {{"reason", std::string("a\x1b[2Jb\nc")}}});
    CHECK(table_of(report) == "reason  a?[2Jb?c\n");
  }

  TEST_CASE("a text that is no UTF-8 does not stop the report") {
    const auto report =
        Report().add(FactList{.name = {}, .facts = {{"key", std::string("\xff\xfe")}}});
    CHECK(json_of(report) == "{\"key\":\"��\"}\n");
  }

  TEST_CASE("a table without rows says so") {
    CHECK(table_of(Report().add(
              Table{.name = "parked", .columns = {"key"}, .rows = {}, .if_empty = "nothing"})) ==
          "nothing\n");
  }

  TEST_CASE("a tree shows what is below what") {
    const auto report = Report().add(
        Tree{.name = "trace",
             .roots = {{.text = "command",
                        .facts = {{"id", std::string("c")}},
                        .children = {{.text = "one", .facts = {}, .children = {{.text = "deep"}}},
                                     {.text = "two"}}}}});
    CHECK(table_of(report) == "command\n├─ one\n│  └─ deep\n└─ two\n");
  }

  TEST_CASE("a tree that stays whole goes on below a line that is full") {
    const auto report = Report().add(
        Tree{.name = "findings",
             .roots = {{.text = "bad: something is wrong",
                        .facts = {},
                        .children = {{.text = "do this and that", .facts = {}, .children = {}}}}},
             .whole = true});
    CHECK(table_of(report, {.width = 14}) == "bad: something\nis wrong\n└─ do this and\n   that\n");
    CHECK(table_of(report) == "bad: something is wrong\n└─ do this and that\n");
  }

  TEST_CASE("several texts go below each other among facts, and beside each other in a table") {
    const admin::Texts several{{"one", "two"}};
    CHECK(table_of(Report().add(FactList{.name = {}, .facts = {{"key", several}}})) ==
          "key  one\n     two\n");
    const auto table = Report().add(Table{.name = "t", .columns = {"key"}, .rows = {{several}}});
    CHECK(table_of(table) == "KEY\none, two\n");
    CHECK(json_of(table) == "{\"t\":[{\"key\":[\"one\",\"two\"]}]}\n");
  }

  TEST_CASE("times are told to the millisecond") {
    CHECK(to_text(UtcTime::from_micros(1'767'225'600'123'456)) == "2026-01-01T00:00:00.123Z");
    CHECK(to_text(UtcTime::from_micros(1'767'225'600'000'000)) == "2026-01-01T00:00:00Z");
  }

  TEST_CASE("durations and sizes are told in the units of people") {
    CHECK(to_text(Micros(0)) == "0 s");
    CHECK(to_text(Micros(-90'000'000)) == "-1 min 30 s");
    CHECK(to_text(Micros(1'250)) == "1 ms");
    CHECK(to_text(Micros(12'340'000)) == "12.3 s");
    CHECK(to_text(Micros(90'000'000'000)) == "1 d 1 h");
    CHECK(to_text(Size{1023}) == "1023 B");
    CHECK(to_text(Size{5'000'000'000}) == "4.6 GiB");
  }
}
