#include <string>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

UtcTime minute(std::int64_t number) {
  return UtcTime::from_micros(1'700'000'000'000'000) + std::chrono::minutes(number);
}

ImportedEvent imported(std::uint64_t number, const StreamId& to,
                       std::optional<UtcTime> recorded_at = {}) {
  return {.stream = to, .event = event(number), .recorded_at = recorded_at};
}

std::vector<UtcTime> times(EventStore& store) {
  std::vector<UtcTime> found;
  for (const auto& event : read(store).events) found.push_back(event.metadata().recorded_at);
  return found;
}

TEST_SUITE("store/import") {
  TEST_CASE_TEMPLATE_DEFINE("imported events keep their ids and their times", Place, keeps) {
    Place place;
    const auto store = place.open();
    auto full = imported(3, stream("b"), minute(2));
    full.event.tags = {"red"};
    full.event.headers = {{"name", "value"}};
    full.event.correlation_id = "conversation";
    const auto result = store->import({.id = append_id(1),
                                       .events = {imported(1, stream("a"), minute(1)),
                                                  imported(2, stream("a"), minute(1)), full}});
    REQUIRE(result.has_value());
    CHECK(result->first == Position(1));
    CHECK(result->last == Position(3));
    CHECK(result->versions.empty());
    CHECK(result->skipped == 0);
    CHECK(times(*store) == std::vector{minute(1), minute(1), minute(2)});
    const auto found = store->find_event(event_id(3));
    REQUIRE(found.has_value());
    CHECK(found->metadata().position == Position(3));
    CHECK(found->metadata().version == StreamVersion(1));
    CHECK(found->metadata().append_id == append_id(1));
    CHECK(found->metadata().event_time == full.event.event_time);
    CHECK(found->metadata().correlation_id == "conversation");
    CHECK(decode_extra(found->metadata().extra) == Extra{full.event.headers, full.event.tags});
    CHECK(read(*store, {.criteria = {{.tags = {"red"}}}}).positions() == Positions{3});
    CHECK(store->position_at(minute(2)) == Position(3));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(keeps, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an imported event without a time is recorded now", Place, now) {
    Place place;
    const auto store = place.open();
    const auto here = place.clock.now();
    REQUIRE(store
                ->import({.id = append_id(1),
                          .events = {imported(1, stream("a"), minute(1)), imported(2, stream("a")),
                                     imported(3, stream("b"), here)}})
                .has_value());
    CHECK(times(*store) == std::vector{minute(1), here, here});
    REQUIRE(store->append(append_of(2, stream("a"), {4})).has_value());
    CHECK(times(*store).back() == here);
  }
  TEST_CASE_TEMPLATE_APPLY(now, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an import from the future is followed by events as late", Place,
                            future) {
    Place place;
    const auto store = place.open();
    const auto later = place.clock.now() + std::chrono::hours(1);
    REQUIRE(store->import({.id = append_id(1), .events = {imported(1, stream("a"), later)}})
                .has_value());
    REQUIRE(store->append(append_of(2, stream("a"), {2})).has_value());
    REQUIRE(store->import({.id = append_id(3), .events = {imported(3, stream("a"))}}).has_value());
    CHECK(times(*store) == std::vector{later, later, later});
  }
  TEST_CASE_TEMPLATE_APPLY(future, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an import of an event older than the newest is refused whole", Place,
                            recorded_before) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->import({.id = append_id(1), .events = {imported(1, stream("a"), minute(5))}})
                .has_value());
    const auto refused = [&](std::vector<ImportedEvent> events) {
      return error_of<RecordedBefore>(
          store->import({.id = append_id(2), .events = std::move(events)}));
    };
    const auto behind_log =
        refused({imported(2, stream("new"), minute(5)), imported(3, stream("a"), minute(4))});
    CHECK(behind_log.index == 1);
    CHECK(behind_log.recorded_at == minute(4));
    CHECK(behind_log.newest == minute(5));
    const auto behind_other =
        refused({imported(2, stream("new"), minute(7)), imported(3, stream("a"), minute(6))});
    CHECK(behind_other.newest == minute(7));
    const auto behind_now =
        refused({imported(2, stream("new")), imported(3, stream("a"), minute(9))});
    CHECK(behind_now.newest == place.clock.now());
    CHECK(store->high_water() == Position(1));
    CHECK(store->streams("", "", 10).size() == 1);
    CHECK_FALSE(store->find_append(append_id(2)).has_value());
    CHECK_FALSE(store->find_event(event_id(2)).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(recorded_before, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an import leaves out what is stored, with its time", Place, left_out) {
    Place place;
    auto store = place.open();
    REQUIRE(store
                ->import({.id = append_id(1),
                          .events = {imported(1, stream("a"), minute(1)),
                                     imported(2, stream("b"), minute(2))}})
                .has_value());
    const auto result = store->import(
        {.id = append_id(2),
         .events = {imported(1, stream("a"), minute(1)), imported(2, stream("zzz"), minute(9)),
                    imported(3, stream("a"), minute(3)), imported(3, stream("a"), minute(2)),
                    imported(1, stream("never"), minute(30))}});
    REQUIRE(result.has_value());
    CHECK(result->first == Position(3));
    CHECK(result->last == Position(3));
    CHECK(result->skipped == 4);
    CHECK(store->find_append(append_id(2))->skipped == 4);
    CHECK(store->streams("", "", 10).size() == 2);
    REQUIRE(store->import({.id = append_id(3), .events = {imported(4, stream("a"), minute(3))}})
                .has_value());
    CHECK(times(*store) == std::vector{minute(1), minute(2), minute(3), minute(3)});
    CHECK(store->stream_version(stream("a")) == StreamVersion(3));
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(left_out, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a batch that is handed in again is stored once", Place, repeated) {
    Place place;
    auto store = place.open();
    const Import batch{
        .id = append_id(1),
        .events = {imported(1, stream("a"), minute(1)), imported(2, stream("b"), minute(2))}};
    REQUIRE(store->import(batch).has_value());
    REQUIRE(store->append(append_of(2, stream("a"), {3})).has_value());
    const auto check = [&](const Result<Appended, AppendError>& again) {
      REQUIRE(again.has_value());
      CHECK(again->repeated);
      CHECK(again->first == Position(1));
      CHECK(again->last == Position(2));
    };
    check(store->import(batch));
    // Another body: older than the newest, or by way of an append.
    check(store->import({.id = append_id(1), .events = {imported(9, stream("c"), minute(0))}}));
    check(store->append(append_of(1, stream("c"), {9})));
    CHECK(store->import({.id = append_id(2), .events = {imported(9, stream("c"))}})->first ==
          Position(3));
    if constexpr (Place::survives) {
      store.reset();
      store = place.open();
      check(store->import(batch));
    }
    CHECK(store->high_water() == Position(3));
  }
  TEST_CASE_TEMPLATE_APPLY(repeated, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an import over many streams keeps each in its order", Place,
                            many_streams) {
    Place place;
    const auto store = place.open();
    constexpr std::uint64_t count = 3000;
    constexpr std::uint64_t streams = 700;
    REQUIRE(store->append(append_of(1, stream("3"), {90'000})).has_value());
    Import batch{.id = append_id(2)};
    for (std::uint64_t number = 1; number <= count; ++number) {
      batch.events.push_back(imported(number, stream(std::to_string(number % streams))));
      batch.events.back().event.tags = {"of " + std::to_string(number % 10)};
    }
    const auto result = store->import(batch);
    REQUIRE(result.has_value());
    CHECK(result->last == Position(count + 1));
    CHECK(store->streams("", "", 1000).size() == streams);
    const auto third = read_stream(*store, {.stream = stream("3")});
    CHECK(third.positions() == Positions{1, 4, 704, 1404, 2104, 2804});
    CHECK(third.events.back().metadata().version == StreamVersion(6));
    CHECK(read(*store, {.criteria = {{.tags = {"of 7"}}}}).events.size() == count / 10);
    CHECK(
        store->append(append_of(3, stream("699"), {99'999}, ExpectedState::exact(StreamVersion(4))))
            .has_value());
    CHECK_FALSE(store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(many_streams, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an import of nothing is remembered", Place, nothing) {
    Place place;
    const auto store = place.open();
    const auto result = store->import({.id = append_id(1)});
    REQUIRE(result.has_value());
    CHECK(result->first == Position());
    CHECK(result->last == Position());
    CHECK(store->import({.id = append_id(1), .events = {imported(1, stream("a"))}})->repeated);
    CHECK(store->high_water() == Position());
  }
  TEST_CASE_TEMPLATE_APPLY(nothing, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an import into a stream that is gone is refused whole", Place, gone) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    REQUIRE(store->append(append_of(2, stream("b"), {2})).has_value());
    const auto remove = [&](const char* id, Deletion deletion) {
      return store->change({.what = DeleteStream{.stream = stream(id), .deletion = deletion},
                            .who = "ann",
                            .reason = "asked for"});
    };
    REQUIRE(remove("a", Deletion::hard).has_value());
    REQUIRE(remove("b", Deletion::soft).has_value());
    const auto refused = store->import(
        {.id = append_id(3), .events = {imported(3, stream("b")), imported(4, stream("a"))}});
    CHECK(error_of<StreamDeleted>(refused).stream == stream("a"));
    CHECK(store->high_water() == Position(2));
    CHECK_FALSE(store->find_append(append_id(3)).has_value());
    REQUIRE(store->import({.id = append_id(3), .events = {imported(3, stream("b"))}}).has_value());
    CHECK(store->stream_state(stream("b")).exists());
    CHECK(read_stream(*store, {.stream = stream("b")}).positions() == Positions{3});
  }
  TEST_CASE_TEMPLATE_APPLY(gone, Stores);

  TEST_CASE_TEMPLATE_DEFINE("limits of an import are told before anything is stored", Place,
                            limits) {
    Place place;
    place.options.events_max = 2;
    place.options.data_size_max = 10;
    const auto store = place.open();
    const auto field_of = [&](Import batch) {
      return error_of<LimitExceeded>(store->import(std::move(batch))).field;
    };
    auto large = imported(2, stream("a"));
    large.event.data = std::string(11, 'x');
    CHECK(field_of({.id = append_id(1), .events = {imported(1, stream("a")), large}}) == "data");
    auto named = imported(2, stream("a"));
    named.event.tags = {std::string(256, 'x')};
    CHECK(field_of({.id = append_id(1), .events = {named}}) == "tag");
    Import many{.id = append_id(1)};
    many.events.assign(StoreEngine::import_events_max + 1, imported(1, stream("a")));
    CHECK(field_of(std::move(many)) == "events");
    CHECK(store->high_water() == Position());
    // The limit of an append is not that of an import.
    CHECK(store
              ->import({.id = append_id(1),
                        .events = {imported(1, stream("a")), imported(2, stream("a")),
                                   imported(3, stream("a"))}})
              .has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(limits, Stores);
}

}  // namespace
}  // namespace tidemark::store
