#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"

namespace tidemark::store {
namespace {

/// What verify says of tables that somebody wrote into.

using test::failure_code;

struct Fixture : PostgresStores {
  static std::string found(StoreEngine& store) {
    const auto damage = store.verify({}).damage;
    return damage ? damage->code + " " + std::to_string(damage->position.value()) : "none";
  }
  [[nodiscard]] std::string damage_after(StoreEngine& store, const std::string& sql) const {
    execute(sql);
    return found(store);
  }
  /// Five events, each an append of its own.
  std::unique_ptr<PostgresStore> with_five_events() {
    auto store = open();
    for (std::uint64_t number = 1; number <= 5; ++number) {
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    return store;
  }
  /// An event with these tags.
  static void tag(StoreEngine& store, std::uint64_t number, const std::vector<std::string>& tags) {
    auto append = append_of(number, stream("a"), {number});
    append.streams[0].events[0].tags = tags;
    REQUIRE(store.append(append).has_value());
  }
  /// More events than one page of a scan holds.
  static void fill_pages(StoreEngine& store) {
    for (std::uint64_t number = 1; number <= 11; ++number) {
      std::vector<std::uint64_t> numbers(1000);
      std::iota(numbers.begin(), numbers.end(), 1000 * number);
      REQUIRE(store.append(append_of(number, stream("b"), numbers)).has_value());
    }
  }
};

TEST_SUITE("store/postgres_verify") {
  TEST_CASE_FIXTURE(Fixture, "verify names the first event that was altered") {
    const auto store = with_five_events();
    CHECK(damage_after(*store, "UPDATE events SET tenant = 'x' WHERE position = 4") ==
          "verify.chain 4");
    CHECK(damage_after(*store, "UPDATE events SET tenant = NULL WHERE position = 4") == "none");
    CHECK(damage_after(*store, "UPDATE events SET data = 'x' WHERE position = 2") ==
          "verify.chain 2");
    CHECK(damage_after(*store, "UPDATE events SET data = 'data' WHERE position = 2") == "none");
    CHECK(damage_after(*store,
                       "INSERT INTO appends VALUES(gen_random_uuid(), 2, 1, 0, NULL, '', NULL)")
              .starts_with("verify.append"));
    CHECK(damage_after(*store, "DELETE FROM appends") == "none");
    CHECK(damage_after(*store, "DELETE FROM events WHERE position = 3") == "verify.gap 3");
  }

  TEST_CASE_FIXTURE(Fixture, "verify names the first of two events that were swapped") {
    const auto store = with_five_events();
    CHECK(damage_after(*store,
                       "UPDATE events SET position = -position WHERE position IN (2, 4);"
                       "UPDATE events SET position = 6 + position WHERE position < 0") ==
          "verify.chain 2");
  }

  TEST_CASE_FIXTURE(Fixture, "verify names an event that was inserted") {
    const auto store = with_five_events();
    const std::string insert =
        "INSERT INTO events(position, stream_id, version, category_id, type_id, event_time, "
        "recorded_at, event_id, append_id, schema, chain, data) SELECT ";
    const std::string rest =
        ", category_id, type_id, event_time, recorded_at, gen_random_uuid(), gen_random_uuid(), "
        "schema, chain, data FROM events WHERE position = ";
    SUBCASE("behind the last one") {
      execute(insert + "6, stream_id, 6" + rest + "5");
      CHECK(found(*store) == "verify.chain 6");
    }
    SUBCASE("between two others") {
      execute(
          "UPDATE events SET position = -position WHERE position > 2;"
          "UPDATE events SET position = 1 - position WHERE position < 0");
      execute(insert + "3, stream_id, 6" + rest + "2");
      CHECK(found(*store) == "verify.chain 3");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "verify names the first event that its type or category hides") {
    const auto store = with_five_events();
    CHECK(damage_after(*store, "DELETE FROM type_blocks") == "verify.blocks 1");
    CHECK(read(*store, {.types = {"test.Happened"}}).events.empty());
    CHECK(damage_after(*store, "INSERT INTO type_blocks SELECT id, 0 FROM types") == "none");
    CHECK(damage_after(*store, "DELETE FROM category_blocks") == "verify.blocks 1");
    CHECK(damage_after(*store, "INSERT INTO category_blocks SELECT id, 0 FROM categories") ==
          "none");
    auto other = append_of(6, stream("b", "other"), {6});
    other.streams[0].events[0].type = "test.Other";
    REQUIRE(store->append(other).has_value());
    CHECK(damage_after(*store, "DELETE FROM type_blocks WHERE type_id = 2") == "verify.blocks 6");
    CHECK(damage_after(*store, "INSERT INTO type_blocks VALUES(2, 0)") == "none");
    CHECK(damage_after(*store, "DELETE FROM category_blocks WHERE category_id = 2") ==
          "verify.blocks 6");
  }

  TEST_CASE_FIXTURE(Fixture, "verify names an event that its tag does not lead to") {
    const auto store = open();
    tag(*store, 1, {"red", "round"});
    tag(*store, 2, {"red", "red"});
    tag(*store, 3, {"round"});
    CHECK(found(*store) == "none");
    CHECK(damage_after(*store, "DELETE FROM event_tags WHERE position = 2") == "verify.tags 2");
    CHECK(damage_after(*store, "DELETE FROM event_tags WHERE tag = 'round'") == "verify.tags 1");
  }

  TEST_CASE_FIXTURE(Fixture, "verify names an event that a tag leads to by mistake") {
    const auto store = open();
    tag(*store, 1, {"red"});
    tag(*store, 2, {"round"});
    CHECK(damage_after(*store, "INSERT INTO event_tags VALUES(2, 'red')") == "verify.tags 2");
    CHECK(damage_after(*store, "INSERT INTO event_tags VALUES(1, 'flat')") == "verify.tags 1");
    CHECK(damage_after(*store, "DELETE FROM event_tags WHERE position = 2 AND tag = 'round'") ==
          "verify.tags 1");
    execute("DELETE FROM event_tags; INSERT INTO event_tags VALUES(1, 'red'), (2, 'round')");
    CHECK(damage_after(*store, "UPDATE event_tags SET position = 3 - position") == "verify.tags 1");
  }

  TEST_CASE_FIXTURE(Fixture, "verify looks at blocks and tags of every page") {
    const auto store = open();
    fill_pages(*store);
    tag(*store, 20'000, {"red"});
    CHECK(found(*store) == "none");
    CHECK(damage_after(*store, "DELETE FROM type_blocks WHERE block = 10") ==
          "verify.blocks 10241");
    CHECK(damage_after(*store, "INSERT INTO type_blocks SELECT id, 10 FROM types") == "none");
    CHECK(damage_after(*store, "INSERT INTO event_tags VALUES(10500, 'red')") ==
          "verify.tags 10500");
    CHECK(damage_after(*store,
                       "UPDATE event_tags SET tag = 'r' || position WHERE position = 11001") ==
          "verify.tags 10500");
  }

  TEST_CASE_FIXTURE(Fixture, "verify compares checkpoints and tree with the events") {
    const auto store = open();
    for (std::uint64_t number = 1; number <= 3; ++number) {
      std::vector<std::uint64_t> numbers(1000);
      std::iota(numbers.begin(), numbers.end(), 1000 * number);
      REQUIRE(store->append(append_of(number, stream("a"), numbers)).has_value());
    }
    store->issue_checkpoint();
    CHECK(store->verify({}).checkpoints == 1);
    CHECK(damage_after(*store, "UPDATE checkpoints SET issued_at = issued_at + 1") ==
          "verify.checkpoint 3000");
    CHECK(damage_after(*store, "UPDATE checkpoints SET issued_at = issued_at - 1") == "none");
    CHECK(damage_after(*store, "UPDATE checkpoints SET position = 2999") ==
          "verify.checkpoint 2999");
    CHECK(damage_after(*store, "UPDATE checkpoints SET position = 3001") ==
          "verify.checkpoint 3001");
    CHECK(damage_after(*store, "UPDATE checkpoints SET position = 3000") == "none");
    CHECK(damage_after(*store, "DELETE FROM merkle WHERE level = 11") == "verify.merkle 2048");
    CHECK(store->prove(Position(1)).has_value());  // what is missing is computed
    CHECK(damage_after(*store, "DELETE FROM merkle") == "none");
    CHECK(
        damage_after(*store, "INSERT INTO merkle VALUES(10, 0, decode(repeat('00', 32), 'hex'))") ==
        "verify.merkle 1024");
    CHECK(failure_code([&] { store->prove(Position(1500)); }) == "store.corrupt");
  }
}

}  // namespace
}  // namespace tidemark::store
