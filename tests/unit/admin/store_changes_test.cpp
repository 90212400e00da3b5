#include <doctest/doctest.h>

#include "operated_world.hpp"

using namespace admin_test;

namespace {

/// With one consumer of the whole log, at `position`.
struct ConsumedWorld : OperatedWorld {
  void report(std::uint64_t position) {
    store->report_consumers({{.name = "projection/totals",
                              .checkpoint = {.position = Position(position),
                                             .chain = store->chain_at(Position(position)).value()},
                              .reported_at = clock.now()}});
  }
  std::string event_id_at(std::uint64_t position) {
    std::string id;
    store->stored_events(Position(position), 1, [&](const store::StoredEvent& stored) {
      id = to_string(stored.event.metadata.event_id);
      return false;
    });
    return id;
  }
  store::StreamState state(const std::string& name) {
    return store->stream_state(StreamId::parse(name).value());
  }
};

}  // namespace

TEST_SUITE("admin/store_changes") {
  TEST_CASE("a stream is deleted with who and why and read as deleted") {
    ConsumedWorld world;
    const auto ran = world.change({"store", "delete", "counter-a"});
    CHECK(ran.code == 0);
    CHECK(contains(ran.out, "hidden; their data go with `store compact`"));
    CHECK(world.state("counter-a").deletion == store::Deletion::soft);
    const auto read = world.run({"store", "read", "--category", "counter"});
    CHECK(contains(read.out, "(deleted by ann: a test (operation "));
    const auto json = world.run({"store", "read", "--category", "counter", "--json"});
    CHECK(contains(json.out, R"("hidden":"deleted","hidden_by":"ann","hidden_because":"a test)"));
    CHECK(contains(json.out, R"("hidden":null)"));
    CHECK(contains(world.run({"store", "streams", "--json"}).out, R"("deleted":"yes")"));
    CHECK(contains(world.run({"operation", "list"}).out, "store delete"));
  }

  TEST_CASE("a stream is deleted for ever and nothing is done to it then") {
    ConsumedWorld world;
    CHECK(world.change({"store", "delete", "counter-a", "--hard"}).code == 0);
    CHECK(world.state("counter-a").deletion == store::Deletion::hard);
    CHECK(world.change({"store", "delete", "counter-a", "--hard"}).code == 0);
    const auto ran = world.change({"store", "truncate", "counter-a", "--before", "1", "--json"});
    CHECK(ran.code == 1);
    CHECK(contains(ran.out, R"("code":"store.stream_deleted")"));
  }

  TEST_CASE("events before a version are given up and their data go out of the file") {
    ConsumedWorld world;
    CHECK(contains(world.change({"store", "truncate", "counter-p", "--before", "2"}).out,
                   "1 event hidden"));
    CHECK(contains(world.change({"store", "truncate", "counter-p", "--before", "2"}).out,
                   "it is as asked already"));
    CHECK(world.state("counter-p").first == StreamVersion(2));
    CHECK(contains(world.run({"store", "read", "--category", "counter"}).out,
                   "(truncated by ann: a test"));
    CHECK(contains(world.change({"store", "compact"}).out,
                   "the data of 1 event went out of the file"));
    const auto far = world.change({"store", "truncate", "counter-p", "--before", "99"});
    CHECK(far.code == 1);
    CHECK(contains(far.out, "store.nothing_there"));
  }

  TEST_CASE("old events move into cold files and are read from there") {
    ConsumedWorld world;
    const auto before = world.run({"store", "read", "--json", "--limit", "4"}).out;
    const std::vector<std::string> archive{"store",         "archive", "--before", "5",
                                           "--file-events", "2",       "--json"};
    auto dry = archive;
    dry.emplace_back("--dry-run");
    CHECK(contains(world.change(dry).out, R"("events":4,"files":2)"));
    CHECK(world.store->facts(false).archives == 0);
    CHECK(contains(world.change(archive).out, "4 events moved into 2 cold files"));
    CHECK(world.store->facts(false).archived_events == 4);
    CHECK(world.run({"store", "read", "--json", "--limit", "4"}).out == before);
    CHECK(contains(world.run({"store", "info", "--json"}).out,
                   R"("cold_files":2,"cold_events":4,"cold_bytes":)"));
    CHECK(world.run({"store", "verify"}).code == 0);
    CHECK(contains(world.change(archive).out, "0 events moved into 0 cold files"));
  }

  TEST_CASE("archiving waits for consumers and says what it cannot read") {
    ConsumedWorld world;
    world.report(1);
    const std::vector<std::string> archive{"store",         "archive", "--before", "5",
                                           "--file-events", "2",       "--json"};
    CHECK(contains(world.change(archive).out, R"("code":"store.consumer_behind")"));
    auto dry = archive;
    dry.emplace_back("--dry-run");
    CHECK(contains(world.change(dry).out, R"("code":"store.consumer_behind")"));
    auto forced = archive;
    forced.emplace_back("--force");
    const auto moved = world.change(forced);
    CHECK(moved.code == 0);
    CHECK(contains(moved.out, "a consumer had not handled them all"));
    CHECK(contains(world.change({"store", "archive", "--before", "soon"}).err,
                   "soon is no position, day or time"));
    CHECK(world.change({"store", "archive", "--before", "1971-01-01"}).code == 0);
    CHECK(world.store->facts(false).archived_events == 4);
  }

  TEST_CASE("compaction says whom it waits for") {
    ConsumedWorld world;
    world.report(1);
    CHECK(world.change({"store", "retain", "counter-p", "--max-count", "1"}).code == 0);
    CHECK(contains(world.change({"store", "compact"}).out, "; what is left waits for '"));
  }

  TEST_CASE("what is kept of a stream is said and unsaid") {
    ConsumedWorld world;
    const auto stream = StreamId::parse("counter-p").value();
    CHECK(world.change({"store", "retain", "counter-p", "--max-count", "1", "--max-age", "90d"})
              .code == 0);
    CHECK(world.store->retention(stream)->count_max == 1);
    CHECK(world.store->retention(stream)->age_max == Micros(std::chrono::hours(90 * 24)));
    CHECK(world.change({"store", "retain", "counter-p", "--off"}).code == 0);
    CHECK_FALSE(world.store->retention(stream).has_value());
    CHECK(contains(world.change({"store", "retain", "counter-p"}).err,
                   "nothing says how much is to be kept"));
    CHECK(world.change({"store", "retain", "counter-p", "--off", "--max-count", "1"}).code == 2);
    CHECK(contains(world.change({"store", "retain", "counter-p", "--max-age", "soon"}).err,
                   "soon is no length of time"));
    const auto none = world.change({"store", "retain", "counter-p", "--max-count", "0"});
    CHECK(contains(none.out, "store.bad_change"));
  }

  TEST_CASE("an event is passed over listed with its reason and read again") {
    ConsumedWorld world;
    const auto id = world.event_id_at(1);
    CHECK(contains(world.change({"store", "skip", id}).out, "1 event is passed over"));
    const auto listed = world.run({"store", "skipped", "--json"});
    CHECK(contains(listed.out, R"("position":1,"type":"counter.v1.Added")"));
    CHECK(contains(listed.out, R"("by":"ann","reason":"a test (operation )"));
    CHECK(contains(world.run({"store", "read", "--limit", "1"}).out, "(skipped by ann: a test"));
    CHECK(contains(world.change({"store", "skip", id, "--undo"}).out, "is read again"));
    CHECK(contains(world.change({"store", "skip", id, "--undo"}).out, "was not passed over"));
    CHECK(contains(world.run({"store", "skipped"}).out, "no event is passed over"));
  }

  TEST_CASE("nothing passes a consumer unless it is forced or the consumer is forgotten") {
    ConsumedWorld world;
    world.report(0);
    const auto id = world.event_id_at(1);
    const std::vector<std::vector<std::string>> changes{
        {"store", "delete", "counter-a"},
        {"store", "truncate", "counter-p", "--before", "2"},
        {"store", "skip", id}};
    for (auto arguments : changes) {
      CAPTURE(arguments);
      const auto refused = world.change(arguments);
      CHECK(refused.code == 1);
      CHECK(contains(refused.out, "store.consumer_behind"));
      CHECK(contains(refused.out, "projection/totals"));
      arguments.emplace_back("--dry-run");
      CHECK(contains(world.change(arguments).out, "store.consumer_behind"));
      arguments.back() = "--force";
      CHECK(contains(world.change(arguments).out, "a consumer had not handled them all"));
    }
    CHECK(contains(world.run({"store", "consumers"}).out, "projection/totals"));
    CHECK(world.change({"store", "forget", "projection/totals"}).code == 0);
    CHECK(contains(world.run({"store", "consumers"}).out, "nobody is registered"));
    CHECK(world.change({"store", "delete", "counter-b"}).code == 0);
  }

  TEST_CASE("a consumer that has come past the events does not stand in the way") {
    ConsumedWorld world;
    world.report(world.store->high_water().value());
    CHECK(world.change({"store", "delete", "counter-a", "--dry-run"}).code == 0);
    CHECK(world.change({"store", "delete", "counter-a"}).code == 0);
  }

  TEST_CASE("what is not there is not asked for") {
    ConsumedWorld world;
    const auto before = world.store->high_water();
    CHECK(contains(world.change({"store", "delete", "counter-z"}).err, "store.no_such_stream"));
    CHECK(contains(world.change({"store", "delete", "counter"}).err, "stream.bad_name"));
    CHECK(contains(world.change({"store", "skip", "7"}).err, "store.no_such_event"));
    CHECK(contains(world.change({"store", "forget", "feed"}).err, "store.no_such_consumer"));
    CHECK(world.run({"store", "delete", "counter-a"}).code == 2);  // no reason
    CHECK(world.store->high_water() == before);
  }

  TEST_CASE("what tells who changed what is not given up") {
    ConsumedWorld world;
    CHECK(world.change({"store", "retain", "counter-p", "--off"}).code == 0);
    std::string id;
    std::string stream;
    world.store->read({.category = "$operation"}, [&](const EventView& event) {
      id = to_string(event.metadata.event_id);
      stream = std::string(event.metadata.stream);
      return false;
    });
    CHECK(contains(world.change({"store", "delete", stream}).err, "store.own_stream"));
    CHECK(contains(world.change({"store", "skip", id}).err, "store.own_stream"));
    const auto outcome = world.operations.execute(
        {.verb = "store delete", .arguments = {{"stream", stream}}, .by = "eve"});
    REQUIRE(outcome.has_value());
    CHECK(outcome->code == "store.own_stream");
  }

  TEST_CASE("the doctor warns of a consumer that is behind and silent") {
    ConsumedWorld world;
    world.report(1);
    CHECK_FALSE(contains(world.run({"doctor"}).out, "store.consumer_silent"));
    world.clock.advance(std::chrono::hours(2));
    // Nobody runs, so one that is wired has nothing to say.
    CHECK_FALSE(contains(world.run({"doctor"}).out, "store.consumer_silent"));
    world.store->report_consumers({{.name = "projection/gone"}});
    CHECK(contains(world.run({"doctor"}).out, "store forget projection/gone"));
  }
}
