#include <doctest/doctest.h>

#include <sstream>
#include <utility>

#include "admin_world.hpp"
#include "tidemark/admin/transfer.hpp"

using namespace admin_test;

namespace {

struct Counted : World {
  Counted() {
    store_manifest();
    add("a", 1, {.correlation_id = "talk"});
    add("b", 2);
    add("a", 3);
  }
  admin::EventsImported import(const std::string& lines, bool recorded_now = false) {
    std::istringstream in(lines);
    const admin::Site site(*store, clock, {.directory = "site", .vfs = files.vfs()});
    return admin::import_events(site, *store, random, in, {.recorded_now = recorded_now});
  }
  void hide(const std::string& stream) {
    REQUIRE(store
                ->change({.what = store::DeleteStream{.stream = StreamId::parse(stream).value()},
                          .who = "ann"})
                .has_value());
  }
};

std::string line(const std::string& more) {
  return R"({"type":"counter.v1.Added","stream":"counter-x",)"
         R"("event_id":"01900000-0000-7000-8000-000000000001",)"
         R"("event_time":"2026-01-01T00:00:01Z",)" +
         more + "}\n";
}

}  // namespace

TEST_SUITE("admin/store_transfer") {
  TEST_CASE("what is exported is imported elsewhere with ids and times") {
    Counted from;
    const auto exported = from.run({"store", "export"}).out;
    Counted to;
    to.clock.advance(std::chrono::hours(1));
    CHECK(to.import(exported).known == 3);  // the same commands, so the same ids
    const auto other = [&] {
      auto lines = exported;
      for (auto at = lines.find("\"event_id\":\"0"); at != std::string::npos;
           at = lines.find("\"event_id\":\"0", at)) {
        lines[at + 12] = '1';
      }
      return lines;
    }();
    const auto refused = to.import("\n" + other + other);
    CHECK(refused.stored == 0);
    REQUIRE(refused.problem.has_value());
    CHECK(refused.problem->code == "store.recorded_before");
    CHECK(refused.problem->field == "line 2");
    const auto imported = to.import(other + other, true);
    CHECK_FALSE(imported.problem.has_value());
    CHECK(imported.lines == 6);
    CHECK(imported.stored == 3);
    CHECK(imported.known == 3);
    const auto read = to.run({"store", "read", "--from", "4", "--json"}).out;
    CHECK(contains(read, R"("event_time":"2026-01-01T00:00:01Z")"));
    CHECK(contains(read, R"("correlation_id":"talk")"));
    CHECK(contains(read, R"("data":{"counter_id":"b","amount":"2"})"));
    CHECK(contains(read, R"("schema":1)"));
  }

  TEST_CASE("a history keeps the times at which it was recorded") {
    Counted from;
    World to;
    to.store_manifest();
    std::istringstream lines(from.run({"store", "export"}).out);
    to.clock.advance(std::chrono::hours(1));
    const admin::Site site(*to.store, to.clock, {.directory = "site", .vfs = to.files.vfs()});
    CHECK(admin::import_events(site, *to.store, to.random, lines).stored == 3);
    CHECK(contains(to.run({"store", "read", "--json"}).out,
                   R"("recorded_at":"2026-01-01T00:00:02Z")"));
  }

  TEST_CASE("data that are only JSON are made from the type") {
    Counted to;
    const auto imported = to.import(
        line(R"("data":{"counter_id":"x","amount":"7"},"tags":["t"],"headers":[["k","v"]])"));
    CHECK(imported.stored == 1);
    const auto read = to.run({"store", "read", "--tag", "t", "--json"}).out;
    CHECK(contains(read, R"("data":{"counter_id":"x","amount":"7"})"));
    CHECK(contains(read, R"("headers":[["k","v"]])"));
    CHECK(contains(read, R"("tags":["t"])"));
    CHECK(to.run({"store", "read", "--stream", "counter-a", "--tag", "t"}).out == "no events\n");
    CHECK(contains(to.run({"store", "read", "--stream", "counter-x", "--tag", "t"}).out, "\"7\""));
  }

  TEST_CASE("what has no data any more and the framework's own is left out") {
    Counted from;
    from.hide("counter-a");
    const auto lines = from.run({"store", "export"}).out;
    CHECK(contains(lines, R"("hidden":"deleted")"));
    CHECK(contains(lines, R"("data_base64":null)"));
    auto own = line(R"("data_base64":"")");
    own.replace(own.find("counter-x"), 9, "$operation-1");
    World to;
    std::istringstream in(lines + own);
    const admin::Site site(*to.store, to.clock, {.directory = "site", .vfs = to.files.vfs()});
    const auto imported = admin::import_events(site, *to.store, to.random, in);
    CHECK(imported.stored == 1);
    CHECK(imported.left_out == 3);
  }

  TEST_CASE("a bad line is named and what came before it stays") {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"{", ""},
        {"[]", ""},
        {line(R"("data":7)"), "data"},
        {line(R"("data":{"amounts":1})"), "data"},
        {line(R"("data_base64":"x")"), "data_base64"},
        {line(R"("data_base64":"","tags":[1])"), "tags"},
        {line(R"("data_base64":"","headers":[["k"]])"), "headers"},
        {line(R"("data_base64":"","schema":0)"), "schema"},
        {line(R"("data_base64":"","recorded_at":"soon")"), "recorded_at"},
        {line(R"("data_base64":"","tenant":7)"), "tenant"},
        {R"({"type":"t","stream":"nodash","event_id":"x","event_time":"y"})", "stream"},
        {R"({"type":"t","stream":"a-b","event_id":"x","event_time":"y"})", "event_id"},
        {R"({"stream":"a-b","event_id":"01900000-0000-7000-8000-000000000001"})", "event_time"}};
    for (const auto& [text, field] : bad) {
      CAPTURE(text);
      Counted to;
      const auto imported = to.import(line(R"("data_base64":"")") + text);
      CHECK(imported.stored == 1);
      REQUIRE(imported.problem.has_value());
      CHECK(imported.problem->code == "import.bad_line");
      CHECK(imported.problem->field == (field.empty() ? "line 2" : "line 2: " + field));
    }
  }

  TEST_CASE("a backup is a store of its own that reports read") {
    Counted world;
    const auto ran = world.run({"store", "backup", "elsewhere.db", "--verify", "--json"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, R"("events":3,"copied":3)"));
    CHECK(contains(ran.out, R"("result":"a whole copy")"));
    CHECK(contains(ran.out, R"("verified":"as it was written")"));
    world.add("c", 4);
    CHECK(contains(world.run({"store", "backup", "elsewhere.db"}).out, "copied    1\n"));
    world.file = "elsewhere.db";
    CHECK(contains(world.run({"store", "info"}).out, "application         counting\n"));
    CHECK(contains(world.run({"store", "read"}).out, R"({"counter_id":"c","amount":"4"})"));
  }

  TEST_CASE("a backup that was stopped is a finding and goes on") {
    Counted world;
    world.wait = [](Micros) { return true; };
    const auto stopped = world.run({"store", "backup", "elsewhere.db"});
    CHECK(stopped.code == 1);
    CHECK(contains(stopped.out, "stopped: the same command goes on with it"));
    const auto log = std::exchange(world.file, "elsewhere.db");
    CHECK(contains(world.run({"doctor"}).out, "store.unfinished_copy"));
    world.file = log;
    world.wait = [](Micros) { return false; };
    CHECK(world.run({"store", "backup", "elsewhere.db"}).code == 0);
    world.file = "elsewhere.db";
    CHECK_FALSE(contains(world.run({"doctor"}).out, "store.unfinished_copy"));
  }

  TEST_CASE("a copy to an engine that is not there is refused") {
    Counted world;
    const auto ran = world.run({"store", "copy", "oracle://host/log", "--json"});
    CHECK(ran.code == 2);
    CHECK(contains(ran.err, R"("code":"store.unknown_engine","field":"oracle")"));
    world.file = "oracle://ann:secret@host/log";
    const auto info = world.run({"store", "info", "--json"});
    CHECK(info.code == 2);
    CHECK(contains(info.err, R"("code":"store.unknown_engine")"));
    const auto backup = world.run({"store", "backup", "elsewhere.db", "--json"});
    CHECK(contains(backup.err, R"("code":"store.files_only","field":"oracle://…")"));
    CHECK_FALSE(contains(info.err + backup.err, "secret"));
  }

  TEST_CASE("an import needs a reason and a file") {
    Counted world;
    CHECK(contains(world.run({"store", "import", "lines"}).err, "operation.no_reason"));
    CHECK(contains(world.run({"store", "import", "/nowhere/lines", "--reason", "x"}).err,
                   "import.cannot_read"));
  }
}
