#include <string>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

/// How the events 2, 5 and 6 of the log are hidden.
enum class Hidden : std::uint8_t { by_skip, by_truncation, by_deletion, by_compaction };
constexpr Hidden ways[] = {Hidden::by_skip, Hidden::by_truncation, Hidden::by_deletion,
                           Hidden::by_compaction};

constexpr std::uint64_t hidden_numbers[] = {2, 5, 6};

/// Eight events: 2, 5 and 6 in stream b, the others in a of another category; types, tags and
/// conversations in turn.
template <typename Place>
struct HiddenEvents {
  Place place;
  std::unique_ptr<StoreEngine> store = place.open();

  explicit HiddenEvents(Hidden hidden) {
    for (std::uint64_t number = 1; number <= 8; ++number) {
      const bool in_b = number == 2 || number == 5 || number == 6;
      auto append = append_of(number, in_b ? stream("b", "other") : stream("a"), {number});
      auto& event = append.streams[0].events[0];
      if (number % 2 == 0) event.type = "test.Even";
      event.tags = {"all", number % 3 == 2 ? "second" : "not"};
      event.correlation_id = number > 4 ? "late" : "early";
      event.headers = {{"name", "value"}};
      place.clock.advance(std::chrono::seconds(1));
      REQUIRE(store->append(append).has_value());
    }
    hide(hidden);
  }
  void hide(Hidden hidden) {
    if (hidden == Hidden::by_skip) {
      for (const auto number : hidden_numbers) change(SkipEvent{.event = event_id(number)});
    } else if (hidden == Hidden::by_truncation) {
      change(TruncateStream{.stream = stream("b", "other"), .before = StreamVersion(4)});
    } else {
      change(DeleteStream{.stream = stream("b", "other")});
      while (hidden == Hidden::by_compaction && store->compact(1).more) continue;
    }
  }
  void change(decltype(LifeCycleChange::what) what) {
    REQUIRE(
        store->change({.what = std::move(what), .who = "ann", .reason = "asked for"}).has_value());
  }
  /// What a read shows, in both directions; what is hidden of it is empty, but for its envelope.
  Positions shown(ReadQuery query) {
    query.direction = Direction::backward;
    auto backward = read(*store, query).positions();
    query.direction = Direction::forward;
    const auto page = read(*store, query);
    for (const auto& event : page.events) {
      const auto position = event.metadata().position.value();
      CHECK(event.view().tombstone == (position == 2 || position == 5 || position == 6));
      CHECK(event.data() == (event.view().tombstone ? "" : "data"));
      CHECK(event.metadata().event_id == event_id(position));
      CHECK(decode_extra(event.metadata().extra)->headers.size() == 1);
    }
    CHECK(page.end.at_end);
    CHECK(Positions(backward.rbegin(), backward.rend()) == page.positions());
    return page.positions();
  }
};

TEST_SUITE("store/hidden") {
  TEST_CASE_TEMPLATE_DEFINE("every read by position shows hidden events at their places", Place,
                            at_their_places) {
    for (const auto hidden : ways) {
      HiddenEvents<Place> log(hidden);
      CHECK(log.shown({}) == Positions{1, 2, 3, 4, 5, 6, 7, 8});
      CHECK(log.shown({.category = "other"}) == Positions{2, 5, 6});
      CHECK(log.shown({.category = "thing"}) == Positions{1, 3, 4, 7, 8});
      CHECK(log.shown({.types = {"test.Even"}}) == Positions{2, 4, 6, 8});
      CHECK(log.shown({.category = "other", .types = {"test.Even"}}) == Positions{2, 6});
      CHECK(log.shown({.correlation_id = "late"}) == Positions{5, 6, 7, 8});
      CHECK(log.shown({.correlation_id = "early", .criteria = {{.tags = {"second"}}}}) ==
            Positions{2});
      CHECK(log.shown({.criteria = {{.tags = {"second"}}}}) == Positions{2, 5, 8});
      CHECK(log.shown({.criteria = {{.tags = {"all", "second"}}}}) == Positions{2, 5, 8});
      CHECK(log.shown({.criteria = {{.types = {"test.Even"}, .tags = {"second"}}}}) ==
            Positions{2, 8});
      CHECK(log.store->high_water() == Position(8));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(at_their_places, Stores);

  TEST_CASE_TEMPLATE_DEFINE("hidden events keep their times and their ids", Place, times_and_ids) {
    for (const auto hidden : ways) {
      HiddenEvents<Place> log(hidden);
      const auto second = log.store->find_event(event_id(5));
      REQUIRE(second.has_value());
      CHECK(second->view().tombstone);
      CHECK(second->data().empty());
      CHECK(second->metadata().stream == "other-b");
      CHECK(second->metadata().correlation_id == "late");
      CHECK(log.store->position_at(second->metadata().recorded_at) == Position(5));
      CHECK(log.store->append(append_of(5, stream("c"), {77}))->repeated);
      CHECK(
          error_of<DuplicateEvents>(log.store->append(append_of(99, stream("c"), {5}))).event_ids ==
          std::vector{event_id(5)});
      const auto imported = log.store->import(
          {.id = append_id(98), .events = {{.stream = stream("c"), .event = event(6)}}});
      REQUIRE(imported.has_value());
      CHECK(imported->skipped == 1);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(times_and_ids, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a condition sees events that are hidden", Place, conditions) {
    for (const auto hidden : ways) {
      HiddenEvents<Place> log(hidden);
      auto append = append_of(99, stream("c"), {99});
      append.condition = AppendCondition{.criteria = {{.types = {"test.Even"}, .tags = {"not"}}},
                                         .after = Position(4)};
      CHECK(error_of<ConditionFailed>(log.store->append(append)).position == Position(6));
      append.condition->after = Position(6);
      CHECK(log.store->append(append).has_value());
    }
  }
  TEST_CASE_TEMPLATE_APPLY(conditions, Stores);

  TEST_CASE_TEMPLATE_DEFINE("hidden events take their part of a page", Place, pages) {
    for (const auto hidden : ways) {
      HiddenEvents<Place> log(hidden);
      const auto page = read(*log.store, {.category = "other", .limit = 2});
      CHECK(page.positions() == Positions{2, 5});
      CHECK(page.end.scanned == Position(5));
      CHECK_FALSE(page.end.at_end);
      CHECK(read(*log.store, {.criteria = {{.tags = {"second"}}}, .limit = 1}).end.scanned ==
            Position(2));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(pages, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what is hidden stays so when the store is opened again", Place,
                            again) {
    for (const auto hidden : ways) {
      HiddenEvents<Place> log(hidden);
      if constexpr (Place::survives) {
        log.store.reset();
        log.store = log.place.open();
      }
      CHECK(log.shown({.correlation_id = "late"}) == Positions{5, 6, 7, 8});
      const auto verified = log.store->verify({});
      CHECK(verified.events == 8);
      CHECK_FALSE(verified.damage.has_value());
    }
  }
  TEST_CASE_TEMPLATE_APPLY(again, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an event that is brought back has its data unless they were taken",
                            Place, brought_back) {
    HiddenEvents<Place> log(Hidden::by_skip);
    log.change(TruncateStream{.stream = stream("b", "other"), .before = StreamVersion(2)});
    while (log.store->compact(100).more) continue;
    for (const auto number : hidden_numbers) {
      log.change(SkipEvent{.event = event_id(number), .skipped = false});
    }
    CHECK(log.store->find_event(event_id(2))->view().tombstone);
    CHECK(log.store->find_event(event_id(5))->data() == "data");
    CHECK(read_stream(*log.store, {.stream = stream("b", "other")}).positions() == Positions{5, 6});
    CHECK_FALSE(log.store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(brought_back, Stores);
}

}  // namespace
}  // namespace tidemark::store
