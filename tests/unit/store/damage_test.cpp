#include "damage.hpp"

#include <thread>

#include "tidemark/base/bytes.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::store {
namespace {

using Fixture = DamageFixture;

TEST_SUITE("store/verify") {
  TEST_CASE_FIXTURE(Fixture, "a log that nobody touched is sound") {
    CHECK_FALSE(verify().damage.has_value());
    fill();
    const auto verified = verify();
    CHECK(verified.events == 6);
    CHECK_FALSE(verified.damage.has_value());
    CHECK(verified.head == open()->chain_at(Position(6)));
  }

  TEST_CASE_FIXTURE(Fixture, "the first of several damages is named, however long the log is") {
    {
      const auto store = open();
      for (int append = 0; append < 200; ++append) {
        REQUIRE(store->append(append_of(100, "a")).has_value());
      }
      REQUIRE_FALSE(store->verify({}).damage.has_value());
    }
    const auto head = open()->chain_at(Position(4'999));
    tamper("UPDATE events SET data = CAST('data 9' AS BLOB) WHERE position = 5000");
    tamper("DELETE FROM events WHERE position = 19000");
    const auto verified = verify();
    REQUIRE(verified.damage.has_value());
    CHECK(verified.damage->code == "verify.chain");
    CHECK(verified.damage->position == Position(5'000));
    CHECK(verified.events == 4'999);
    CHECK(verified.head == head);
    tamper("UPDATE events SET data = CAST('data 9' AS BLOB) WHERE position = 1");
    CHECK(verify().damage->position == Position(1));
  }

  TEST_CASE_FIXTURE(Fixture, "altered data are found") {
    CHECK(damage_after("UPDATE events SET data = CAST('data 9' AS BLOB) WHERE position = 3") ==
          "verify.chain 3");
  }
  TEST_CASE_FIXTURE(Fixture, "an altered envelope is found") {
    CHECK(damage_after("UPDATE events SET event_time = event_time + 1 WHERE position = 2") ==
          "verify.chain 2");
  }
  TEST_CASE_FIXTURE(Fixture, "a stream that was renamed is found at its first event") {
    CHECK(damage_after("UPDATE streams SET name = 'thing-z' WHERE name = 'thing-b'") ==
          "verify.chain 3");
  }
  TEST_CASE_FIXTURE(Fixture, "a missing event is found") {
    CHECK(damage_after("DELETE FROM events WHERE position = 4") == "verify.gap 4");
  }
  TEST_CASE_FIXTURE(Fixture, "a missing event that a read would pass over is corruption") {
    fill();
    tamper("DELETE FROM events WHERE position = 4");
    const auto store = open();
    const auto read = [&](const ReadQuery& query) {
      return code_of([&] { store->read(query, [](const EventView&) { return true; }); });
    };
    CHECK(read({}) == "store.corrupt");
    CHECK(read({.direction = Direction::backward}) == "store.corrupt");
    CHECK(read({.limit = 4}) == "store.corrupt");
    CHECK(read({.limit = 3}) == "none");
    CHECK(read({.from = Position(5)}) == "none");
    CHECK(read({.category = "thing"}) == "none");
  }
  TEST_CASE_FIXTURE(Fixture, "an event of a stream that never was is corruption") {
    fill();
    tamper("UPDATE events SET stream_id = 0 WHERE position = 3");
    CHECK(code_of([&] { open()->read({}, [](const EventView&) { return true; }); }) ==
          "store.corrupt");
  }
  TEST_CASE_FIXTURE(Fixture, "an event that finds its place taken is corruption") {
    fill();
    tamper("DELETE FROM streams WHERE name = 'thing-b'");
    auto append = append_of(1, "c");  // gets the number that is free
    append.streams.insert(append.streams.begin(), {.stream = StreamId("thing", "a")});
    CHECK(code_of([&] { (void)open()->append(append); }) == "store.corrupt");
  }
  TEST_CASE_FIXTURE(Fixture, "a missing event that a search by time meets is corruption") {
    fill();
    tamper("DELETE FROM events WHERE position = 4");
    const auto store = open();
    CHECK(code_of([&] { store->position_at(clock.now()); }) == "store.corrupt");
  }
  TEST_CASE_FIXTURE(Fixture, "events missing at the end are found by their append") {
    CHECK(damage_after("DELETE FROM events WHERE position >= 5") == "verify.append 5");
  }
  TEST_CASE_FIXTURE(Fixture, "swapped events are found") {
    CHECK(damage_after("UPDATE events SET position = 100 WHERE position = 2;"
                       "UPDATE events SET position = 2 WHERE position = 3;"
                       "UPDATE events SET position = 3 WHERE position = 100") == "verify.chain 2");
  }
  TEST_CASE_FIXTURE(Fixture, "an inserted event is found") {
    CHECK(damage_after(
              "INSERT INTO events SELECT 7, stream_id, category_id, 5, type_id, schema, "
              "zeroblob(16), append_id, event_time, recorded_at, ingested_at, correlation_id, "
              "causation_id, traceparent, tenant, extra, chain, data_digest, data "
              "FROM events WHERE position = 6") == "verify.chain 7");
  }
  TEST_CASE_FIXTURE(Fixture, "a version that does not follow is found, whatever its hash") {
    CHECK(damage_after("UPDATE events SET version = 9 WHERE position = 4") == "verify.chain 4");
  }
  TEST_CASE_FIXTURE(Fixture, "an event of another category than its stream's is found") {
    CHECK(damage_after("INSERT INTO categories(id, name) VALUES(9, 'other');"
                       "UPDATE events SET category_id = 9 WHERE position = 4") ==
          "verify.category 4");
  }
  TEST_CASE_FIXTURE(Fixture, "an altered outcome is found") {
    CHECK(damage_after("UPDATE appends SET events = 1 WHERE first = 3") == "verify.append 3");
  }
  TEST_CASE_FIXTURE(Fixture, "a missing outcome is found") {
    CHECK(damage_after("DELETE FROM appends WHERE first = 5") == "verify.append 5");
  }
  TEST_CASE_FIXTURE(Fixture, "an outcome of an append that never was is found") {
    CHECK(damage_after("INSERT INTO appends SELECT zeroblob(16), first, events, skipped, versions, "
                       "answer, expires_at FROM appends WHERE first = 3") == "verify.append 3");
  }
  TEST_CASE_FIXTURE(Fixture,
                    "data that are gone leave the chain sound, when their digest is there") {
    fill();
    const auto digest = security::digest("data 3");
    const auto hex = to_hex(security::as_bytes(digest));
    tamper("UPDATE events SET data = NULL, data_digest = x'" + hex + "' WHERE position = 3");
    CHECK_FALSE(verify().damage.has_value());
    std::uint64_t tombstones = 0;
    open()->read({}, [&](const EventView& event) {
      if (event.tombstone) {
        ++tombstones;
        CHECK(event.metadata.position == Position(3));
        CHECK(event.data.empty());
      }
      return true;
    });
    CHECK(tombstones == 1);
    tamper("UPDATE events SET data_digest = NULL WHERE position = 3");
    CHECK(verify().damage->code == "verify.missing_data");
    tamper("UPDATE events SET data_digest = zeroblob(32) WHERE position = 3");
    CHECK(verify().damage->code == "verify.chain");
    tamper("UPDATE events SET data_digest = zeroblob(32) WHERE position = 2");
    CHECK(verify().damage->code == "verify.data");
    CHECK(verify().damage->position == Position(2));
  }
  TEST_CASE_FIXTURE(Fixture, "an id of the wrong size is found") {
    CHECK(damage_after("UPDATE events SET append_id = x'00' WHERE position = 5") ==
          "verify.unreadable 5");
  }
  TEST_CASE_FIXTURE(Fixture, "a check can be stopped") {
    fill();
    std::uint64_t total = 0;
    const auto verified = open()->verify([&](std::uint64_t, std::uint64_t of) {
      total = of;
      return false;
    });
    CHECK(total == 6);
    CHECK(verified.events == 6);
  }
}

TEST_SUITE("store/failures") {
  TEST_CASE_FIXTURE(Fixture, "a database of somebody else and a newer format are refused") {
    tamper("CREATE TABLE theirs(x)");
    CHECK(code_of([&] { open(); }) == "store.not_a_store");
    options.file = "other";
    open();
    sqlite::Database::open({.file = "other", .vfs = files.vfs()}).set_pragma("user_version", "99");
    CHECK(code_of([&] { open(); }) == "store.newer_format");
    options.read_only = true;
    CHECK(code_of([&] { open(); }) == "store.newer_format");
  }

  TEST_CASE_FIXTURE(Fixture, "a full disk fails the whole group, stores nothing, and passes") {
    const auto store = open();
    REQUIRE(store->append(append_of(3, "a")).has_value());
    files.limit_size(files.size() + 4096);
    auto big = append_of(10, "new");
    for (auto& event : big.streams[0].events) event.data = std::string(50'000, 'x');
    auto first = store->submit(append_of(1, "a"));
    auto second = store->submit(big);
    CHECK(code_of([&] { static_cast<void>(second.wait()); }) == "store.disk_full retryable");
    CHECK(code_of([&] { static_cast<void>(first.wait()); }) == "store.disk_full retryable");
    CHECK(store->high_water() == Position(3));
    CHECK(store->streams("", "", 10).size() == 1);
    files.limit_size(UINT64_MAX);
    const auto result = store->append(big);
    REQUIRE(result.has_value());
    CHECK_FALSE(result->repeated);
    CHECK(result->first == Position(4));
    CHECK(result->versions == std::vector{StreamVersion(10)});
    CHECK(store->append(append_of(1, "a"))->versions == std::vector{StreamVersion(4)});
    CHECK_FALSE(verify().damage.has_value());
  }

  TEST_CASE_FIXTURE(Fixture, "a writer that does not finish makes others busy, not wrong") {
    options.busy_timeout = Micros(1000);
    const auto store = open();
    REQUIRE(store->append(append_of(1, "a")).has_value());
    auto other = sqlite::Database::open({.file = "log", .vfs = files.vfs()});
    other.execute("BEGIN IMMEDIATE");
    const auto append = append_of(1, "a");
    CHECK(code_of([&] { static_cast<void>(store->append(append)); }) == "store.busy retryable");
    CHECK(store->high_water() == Position(1));
    other.execute("COMMIT");
    CHECK_FALSE(store->append(append)->repeated);
  }

  TEST_CASE_FIXTURE(Fixture, "all readers in use make the next thread busy") {
    options.busy_timeout = Micros(1000);
    options.readers_max = 1;
    fill();
    const auto store = open();
    store->read({.limit = 1}, [&](const EventView&) {
      std::thread other(
          [&] { CHECK(code_of([&] { store->high_water(); }) == "store.busy retryable"); });
      other.join();
      return true;
    });
    std::thread other([&] { CHECK(store->high_water() == Position(6)); });
    other.join();
  }

  TEST_CASE_FIXTURE(Fixture, "a name that is missing is corruption, not a wrong event") {
    fill();
    tamper("DELETE FROM types");
    const auto store = open();
    CHECK(code_of([&] { store->read({}, [](const EventView&) { return true; }); }) ==
          "store.corrupt");
  }

  TEST_CASE_FIXTURE(Fixture, "caches follow what another connection did to the file") {
    const auto store = open();
    REQUIRE(store->append(append_of(2, "a")).has_value());
    const auto second = open();
    REQUIRE(second->append(append_of(1, "b")).has_value());
    REQUIRE(second->append(append_of(1, "a")).has_value());
    const auto result = store->append(append_of(1, "b"));
    REQUIRE(result.has_value());
    CHECK(result->first == Position(5));
    CHECK(result->versions == std::vector{StreamVersion(2)});
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
}

}  // namespace
}  // namespace tidemark::store
