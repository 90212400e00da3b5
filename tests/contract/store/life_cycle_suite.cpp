#include <string>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

LifeCycleChange change_of(decltype(LifeCycleChange::what) what) {
  return {.what = std::move(what), .who = "ann", .reason = "asked for"};
}

/// Streams a (positions 1, 2, 4) and b (3, 5).
template <typename Store>
void fill(Store& store) {
  REQUIRE(store.append(append_of(1, stream("a"), {1, 2})).has_value());
  REQUIRE(store.append(append_of(2, stream("b"), {3})).has_value());
  REQUIRE(store.append(append_of(3, stream("a"), {4})).has_value());
  REQUIRE(store.append(append_of(4, stream("b"), {5})).has_value());
}

Positions tombstones(EventStore& store) {
  Positions found;
  for (const auto& event : read(store).events) {
    if (!event.view().tombstone) continue;
    CHECK(event.data().empty());
    found.push_back(event.metadata().position.value());
  }
  return found;
}

void compact_all(StoreEngine& store) {
  for (int round = 0; round < 100; ++round) {
    if (!store.compact(2).more) return;
  }
  FAIL("compaction does not end");
}

template <typename Error, typename Value>
Error life_error(const Result<Value, LifeCycleError>& result) {
  REQUIRE_FALSE(result.has_value());
  const auto* error = std::get_if<Error>(&result.error());
  REQUIRE(error != nullptr);
  return *error;
}

TEST_SUITE("store/life_cycle") {
  TEST_CASE_TEMPLATE_DEFINE("a deleted stream answers as tombstones at its places", Place,
                            deleted) {
    for (const auto deletion : {Deletion::soft, Deletion::hard}) {
      Place place;
      const auto store = place.open();
      fill(*store);
      const auto changed =
          store->change(change_of(DeleteStream{.stream = stream("a"), .deletion = deletion}));
      REQUIRE(changed.has_value());
      CHECK(changed->events == 3);
      for (int round = 0; round < 2; ++round) {  // before and after the data are taken out
        CHECK(tombstones(*store) == Positions{1, 2, 4});
        CHECK(read_stream(*store, {.stream = stream("a")}).events.empty());
        CHECK(store->find_event(event_id(2))->view().tombstone);
        CHECK(store->stream_state(stream("a")).deletion == deletion);
        CHECK(store->stream_state(stream("a")).version == StreamVersion(3));
        CHECK_FALSE(store->stream_state(stream("b")).first > StreamVersion(1));
        CHECK_FALSE(store->verify({}).damage.has_value());
        compact_all(*store);
      }
      CHECK(read(*store).events[0].metadata().stream == "thing-a");
    }
  }
  TEST_CASE_TEMPLATE_APPLY(deleted, Stores);

  TEST_CASE_TEMPLATE_DEFINE("who writes to a soft-deleted stream begins anew behind it", Place,
                            anew) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const auto to = stream("a");
    CHECK_FALSE(store->append(append_of(10, to, {10}, ExpectedState::soft_deleted())).has_value());
    REQUIRE(store->change(change_of(DeleteStream{.stream = to})).has_value());
    CHECK_FALSE(store->append(append_of(11, to, {11}, ExpectedState::exists())).has_value());
    const auto late =
        store->append(append_of(12, to, {12}, ExpectedState::exact(StreamVersion(3))));
    CHECK(error_of<Conflict>(late).deletion == Deletion::soft);
    const auto anew = store->append(append_of(13, to, {13}, ExpectedState::no_stream()));
    REQUIRE(anew.has_value());
    CHECK(anew->versions == std::vector{StreamVersion(4)});
    const auto state = store->stream_state(to);
    CHECK(state.exists());
    CHECK(state.deleted_through == StreamVersion(3));
    CHECK(state.first == StreamVersion(4));
    CHECK(read_stream(*store, {.stream = to}).positions() == Positions{6});
    CHECK(read_stream(*store, {.stream = to, .direction = Direction::backward}).positions() ==
          Positions{6});
    CHECK_FALSE(store->append(append_of(14, to, {14}, ExpectedState::soft_deleted())).has_value());
    CHECK(
        store->append(append_of(15, to, {15}, ExpectedState::exact(StreamVersion(4)))).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(anew, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a stream deleted for ever takes nothing", Place, for_ever) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const auto to = stream("a");
    REQUIRE(store->change(change_of(DeleteStream{.stream = to, .deletion = Deletion::hard}))
                .has_value());
    CHECK(error_of<StreamDeleted>(store->append(append_of(10, to, {10}))).stream == to);
    CHECK(error_of<StreamDeleted>(
              store->import({.id = append_id(11), .events = {{.stream = to, .event = event(11)}}}))
              .stream == to);
    life_error<StreamDeleted>(store->change(change_of(DeleteStream{.stream = to})));
    // What it stored before it stays known.
    CHECK(store->append(append_of(1, to, {1, 2}))->repeated);
    CHECK(error_of<DuplicateEvents>(store->append(append_of(12, stream("c"), {1}))).event_ids ==
          std::vector{event_id(1)});
  }
  TEST_CASE_TEMPLATE_APPLY(for_ever, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what is before a truncation is gone", Place, truncated) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const auto truncate = [&](std::uint64_t before) {
      return store->change(
          change_of(TruncateStream{.stream = stream("a"), .before = StreamVersion(before)}));
    };
    CHECK(truncate(2)->events == 1);
    CHECK(truncate(2)->events == 0);
    CHECK(truncate(1)->events == 0);
    CHECK(tombstones(*store) == Positions{1});
    CHECK(read_stream(*store, {.stream = stream("a")}).positions() == Positions{2, 4});
    life_error<NothingThere>(truncate(5));
    life_error<NothingThere>(truncate(0));
    CHECK(truncate(4)->events == 2);
    CHECK(read_stream(*store, {.stream = stream("a")}).events.empty());
    CHECK(store->stream_state(stream("a")).exists());
    CHECK(store->append(append_of(9, stream("a"), {9}, ExpectedState::exact(StreamVersion(3))))
              .has_value());
    compact_all(*store);
    CHECK(tombstones(*store) == Positions{1, 2, 4});
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(truncated, Stores);

  TEST_CASE_TEMPLATE_DEFINE("retention is kept by reads of the stream at once", Place, retained) {
    Place place;
    const auto store = place.open();
    for (std::uint64_t number = 1; number <= 6; ++number) {
      place.clock.advance(std::chrono::seconds(10));
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    const auto retain = [&](Retention what) {
      what.stream = stream("a");
      REQUIRE(store->change(change_of(what)).has_value());
    };
    const auto left = [&] { return read_stream(*store, {.stream = stream("a")}).positions(); };
    retain({.count_max = 2});
    CHECK(left() == Positions{5, 6});
    CHECK(store->retention(stream("a"))->count_max == 2);
    retain({.age_max = std::chrono::seconds(25)});
    CHECK(left() == Positions{4, 5, 6});
    CHECK(store->retention(stream("a"))->age_max == Micros(std::chrono::seconds(25)));
    place.clock.advance(std::chrono::seconds(10));
    CHECK(left() == Positions{5, 6});
    CHECK(tombstones(*store).empty());
    retain({});
    CHECK(left().size() == 6);
    CHECK_FALSE(store->retention(stream("a")).has_value());
    retain({.count_max = 2});
    compact_all(*store);
    CHECK(tombstones(*store) == Positions{1, 2, 3, 4});
    retain({});
    CHECK(left() == Positions{5, 6});
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(retained, Stores);

  TEST_CASE_TEMPLATE_DEFINE("every reader passes over a skipped event", Place, skipped) {
    Place place;
    const auto store = place.open();
    fill(*store);
    REQUIRE(store->change(change_of(SkipEvent{.event = event_id(2)})).has_value());
    CHECK(tombstones(*store) == Positions{2});
    const auto page = read_stream(*store, {.stream = stream("a")});
    CHECK(page.positions() == Positions{1, 2, 4});
    CHECK(page.events[1].view().tombstone);
    CHECK(store->find_event(event_id(2))->view().tombstone);
    const auto listed = store->skipped_events(Position(), 10);
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].position == Position(2));
    CHECK(listed[0].reason == "asked for");
    CHECK(listed[0].who == "ann");
    CHECK_FALSE(store->verify({}).damage.has_value());
    CHECK(store->change(change_of(SkipEvent{.event = event_id(2)}))->events == 0);
    REQUIRE(
        store->change(change_of(SkipEvent{.event = event_id(2), .skipped = false})).has_value());
    CHECK(tombstones(*store).empty());
    life_error<NothingThere>(store->change(change_of(SkipEvent{.event = event_id(77)})));
  }
  TEST_CASE_TEMPLATE_APPLY(skipped, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a stream's state tells which of its events are skipped", Place,
                            marked) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const auto skip = [&](std::uint64_t number, bool skipped) {
      REQUIRE(store->change(change_of(SkipEvent{.event = event_id(number), .skipped = skipped}))
                  .has_value());
    };
    const auto mark = [&](std::string_view id) { return store->stream_state(stream(id)).skips; };
    CHECK(mark("a") == 0);
    skip(2, true);
    const auto second = mark("a");
    CHECK(second != 0);
    CHECK(mark("b") == 0);
    CHECK(mark("nobody") == 0);
    skip(4, true);
    CHECK(mark("a") != second);
    skip(2, false);
    CHECK(mark("a") != second);
    CHECK(mark("a") != 0);
    skip(4, false);
    CHECK(mark("a") == 0);
  }
  TEST_CASE_TEMPLATE_APPLY(marked, Stores);

  TEST_CASE_TEMPLATE_DEFINE("no change passes a registered consumer without force", Place,
                            consumers) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const auto report = [&](const std::string& name, std::uint64_t position) {
      store->report_consumers({{.name = name,
                                .checkpoint = {.position = Position(position),
                                               .chain = *store->chain_at(Position(position))},
                                .reported_at = place.clock.now()}});
    };
    report("fast", 5);
    report("slow", 3);
    auto change = change_of(DeleteStream{.stream = stream("a")});
    const auto behind = life_error<ConsumerBehind>(store->change(change));
    CHECK(behind.consumer == "slow");
    CHECK(behind.at == Position(3));
    CHECK(behind.last == Position(4));
    CHECK(tombstones(*store).empty());
    CHECK(store->stream_state(stream("a")).exists());
    CHECK(
        store->change(change_of(TruncateStream{.stream = stream("a"), .before = StreamVersion(3)}))
            ->events == 2);
    life_error<ConsumerBehind>(store->change(change_of(SkipEvent{.event = event_id(5)})));
    REQUIRE(store->change(change_of(Retention{.stream = stream("b"), .count_max = 1})).has_value());
    report("slow", 2);
    const auto waiting = store->compact(100);
    CHECK(waiting.waits_for == "slow");
    CHECK(tombstones(*store) == Positions{1, 2});
    report("slow", 3);
    compact_all(*store);
    CHECK(tombstones(*store) == Positions{1, 2, 3});
    change.force = true;
    const auto forced = store->change(change);
    REQUIRE(forced.has_value());
    CHECK(forced->forced);
    CHECK(tombstones(*store) == Positions{1, 2, 3, 4});
    const auto listed = store->consumers();
    REQUIRE(listed.size() == 2);
    CHECK(listed[1].name == "slow");
    CHECK(listed[1].checkpoint.position == Position(3));
    CHECK(store->forget_consumer("slow"));
    CHECK_FALSE(store->forget_consumer("slow"));
    CHECK(store->consumers().size() == 1);
  }
  TEST_CASE_TEMPLATE_APPLY(consumers, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a consumer is named by 1 to 200 bytes", Place, named) {
    Place place;
    const auto store = place.open();
    const auto report = [&](const std::string& name) {
      return test::failure_code([&] {
        store->report_consumers({{.name = "good", .checkpoint = {}, .reported_at = {}},
                                 {.name = name, .checkpoint = {}, .reported_at = {}}});
      });
    };
    CHECK(report("") == "store.limit");
    CHECK(report(std::string(201, 'n')) == "store.limit");
    CHECK(report("caf\xE9") == "store.not_text");
    CHECK(report(std::string("a\0b", 3)) == "store.not_text");
    CHECK(store->consumers().empty());
    CHECK(report(std::string(200, 'n')) == "no failure");
    CHECK(store->consumers().size() == 2);
  }
  TEST_CASE_TEMPLATE_APPLY(named, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a change says who and why", Place, who_and_why) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const DeleteStream what{.stream = stream("a")};
    const auto field_of = [&](LifeCycleChange change) {
      return life_error<BadChange>(store->change(std::move(change))).field;
    };
    CHECK(field_of({.what = what, .who = ""}) == "who");
    CHECK(field_of({.what = what, .who = std::string(201, 'x')}) == "who");
    CHECK(field_of({.what = what, .who = "ann", .reason = std::string(501, 'x')}) == "reason");
    for (const auto& bytes : {std::string("caf\xE9"), std::string("a\0b", 3)}) {
      CHECK(field_of({.what = what, .who = bytes}) == "who");
      CHECK(field_of({.what = what, .who = "ann", .reason = bytes}) == "reason");
    }
    CHECK(field_of({.what = what, .who = "ann", .force = true}) == "reason");
    CHECK(field_of({.what = SkipEvent{.event = event_id(1)}, .who = "ann"}) == "reason");
    for (const auto count : {std::uint64_t{0}, std::uint64_t{1} << 63U, UINT64_MAX}) {
      const Retention retention{.stream = stream("a"), .count_max = count};
      CHECK(field_of(change_of(retention)) == "count_max");
    }
    CHECK(field_of(change_of(Retention{.stream = stream("a"), .age_max = Micros(5)})) == "age_max");
    CHECK(field_of(change_of(DeleteStream{.stream = stream("a"), .deletion = Deletion::none})) ==
          "deletion");
    life_error<NothingThere>(store->change(change_of(DeleteStream{.stream = stream("zzz")})));
    life_error<Conflict>(store->change(change_of(
        DeleteStream{.stream = stream("a"), .expected = ExpectedState::exact(StreamVersion(2))})));
    CHECK(tombstones(*store).empty());
  }
  TEST_CASE_TEMPLATE_APPLY(who_and_why, Stores);
}

}  // namespace
}  // namespace tidemark::store
