#include <string>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

/// Six events of stream a, ten seconds apart, the last at the time it is now.
template <typename Place>
struct SixEvents {
  Place place;
  std::unique_ptr<StoreEngine> store = place.open();

  SixEvents() {
    for (std::uint64_t number = 1; number <= 6; ++number) {
      place.clock.advance(std::chrono::seconds(10));
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
  }
  auto change(decltype(LifeCycleChange::what) what) {
    return store->change({.what = std::move(what), .who = "ann", .reason = "asked for"});
  }
  void retain(Retention what) {
    what.stream = stream("a");
    REQUIRE(change(what).has_value());
  }
  void report(const char* name, std::uint64_t position) {
    store->report_consumers({{.name = name,
                              .checkpoint = {.position = Position(position),
                                             .chain = *store->chain_at(Position(position))},
                              .reported_at = place.clock.now()}});
  }
  Positions kept() { return read_stream(*store, {.stream = stream("a")}).positions(); }
  Positions tombstones() {
    Positions found;
    for (const auto& event : read(*store).events) {
      if (event.view().tombstone) found.push_back(event.metadata().position.value());
    }
    return found;
  }
  Compacted compact_all() {
    Compacted last;
    do {
      last = store->compact(100);
    } while (last.more);
    return last;
  }
};

TEST_SUITE("store/retention") {
  TEST_CASE_TEMPLATE_DEFINE("retention keeps by count and by age what both keep", Place, both) {
    SixEvents<Place> log;
    log.retain({.count_max = 4, .age_max = std::chrono::seconds(25)});
    CHECK(log.kept() == Positions{4, 5, 6});
    log.retain({.count_max = 2, .age_max = std::chrono::seconds(25)});
    CHECK(log.kept() == Positions{5, 6});
    CHECK(log.store->stream_state(stream("a")).first == StreamVersion(5));
    CHECK(log.store->stream_state(stream("a")).exists());
    log.compact_all();
    CHECK(log.tombstones() == Positions{1, 2, 3, 4});
  }
  TEST_CASE_TEMPLATE_APPLY(both, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an event is kept as long as its age is not above the greatest", Place,
                            exact_age) {
    SixEvents<Place> log;
    log.retain({.age_max = std::chrono::seconds(20)});
    CHECK(log.kept() == Positions{4, 5, 6});
    log.place.clock.advance(Micros(1));
    CHECK(log.kept() == Positions{5, 6});
    log.place.clock.advance(std::chrono::hours(1));
    CHECK(log.kept().empty());
    CHECK(log.store->stream_state(stream("a")).first == StreamVersion(7));
    CHECK(log.store->append(append_of(9, stream("a"), {9}, ExpectedState::exact(StreamVersion(6))))
              .has_value());
    CHECK(log.kept() == Positions{7});
  }
  TEST_CASE_TEMPLATE_APPLY(exact_age, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a clock that goes back brings back what was not taken out", Place,
                            clock_back) {
    SixEvents<Place> log;
    const auto now = log.place.clock.now();
    log.retain({.age_max = std::chrono::seconds(20)});
    log.place.clock.jump_to(now + std::chrono::seconds(20));
    CHECK(log.kept() == Positions{6});
    log.place.clock.jump_to(now);
    CHECK(log.kept() == Positions{4, 5, 6});
    log.place.clock.jump_to(now + std::chrono::seconds(10));
    log.compact_all();
    log.place.clock.jump_to(now);
    CHECK(log.kept() == Positions{5, 6});
    CHECK(log.tombstones() == Positions{1, 2, 3, 4});
  }
  TEST_CASE_TEMPLATE_APPLY(clock_back, Stores);

  TEST_CASE_TEMPLATE_DEFINE("retention of a stream that grows is kept with each event", Place,
                            grows) {
    SixEvents<Place> log;
    log.retain({.count_max = 3});
    for (std::uint64_t number = 7; number <= 9; ++number) {
      REQUIRE(log.store->append(append_of(number, stream("a"), {number})).has_value());
      CHECK(log.kept() == Positions{number - 2, number - 1, number});
    }
    log.retain({.count_max = 100});
    CHECK(log.kept().size() == 9);
    CHECK_FALSE(log.store->retention(stream("zzz")).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(grows, Stores);

  TEST_CASE_TEMPLATE_DEFINE("retention outlives the events and the deletion of a stream", Place,
                            outlives) {
    SixEvents<Place> log;
    log.retain({.count_max = 2});
    REQUIRE(log.change(DeleteStream{.stream = stream("a")}).has_value());
    CHECK(log.kept().empty());
    REQUIRE(log.store->append(append_of(10, stream("a"), {11, 12, 13})).has_value());
    CHECK(log.kept() == Positions{8, 9});
    log.compact_all();
    CHECK(log.tombstones() == Positions{1, 2, 3, 4, 5, 6, 7});
    CHECK_FALSE(log.store->verify({}).damage.has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(outlives, Stores);

  TEST_CASE_TEMPLATE_DEFINE("upkeep comes to every stream with a retention", Place, many_streams) {
    Place place;
    const auto store = place.open();
    constexpr std::uint64_t streams = 230;  // more than one round looks at
    for (std::uint64_t number = 1; number <= streams; ++number) {
      const auto to = stream(std::to_string(number));
      REQUIRE(store->append(append_of(number, to, {2 * number, 2 * number + 1})).has_value());
      const Retention what{.stream = to, .count_max = 1};
      REQUIRE(store->change({.what = what, .who = "ann", .reason = "asked for"}).has_value());
    }
    std::uint64_t events = 0;
    for (bool more = true; more;) {
      const auto done = store->compact(1000);
      events += done.events;
      more = done.more;
    }
    CHECK(events == streams);
    std::uint64_t tombstones = 0;
    store->read({}, [&](const EventView& event) {
      CHECK(event.tombstone == (event.metadata.version == StreamVersion(1)));
      tombstones += event.tombstone ? 1U : 0U;
      return true;
    });
    CHECK(tombstones == streams);
  }
  TEST_CASE_TEMPLATE_APPLY(many_streams, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a round of upkeep takes no more than it was told to", Place, rounds) {
    SixEvents<Place> log;
    REQUIRE(log.change(DeleteStream{.stream = stream("a")}).has_value());
    for (int round = 1; round <= 3; ++round) {
      const auto done = log.store->compact(2);
      CHECK(done.events == 2);
      CHECK(done.data_bytes == 8);
      CHECK(done.more == (round < 3));
      CHECK(done.waits_for.empty());
    }
    CHECK(log.store->compact(2).events == 0);
  }
  TEST_CASE_TEMPLATE_APPLY(rounds, PlainStores);
}

TEST_SUITE("store/consumers") {
  TEST_CASE_TEMPLATE_DEFINE("a consumer that is told of again has moved", Place, moved) {
    SixEvents<Place> log;
    CHECK(log.store->consumers().empty());
    log.report("b", 2);
    log.report("a", 3);
    log.place.clock.advance(std::chrono::seconds(5));
    log.report("b", 5);
    if constexpr (Place::survives) {
      log.store.reset();
      log.store = log.place.open();
    }
    const auto listed = log.store->consumers();
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].name == "a");
    CHECK(listed[1].name == "b");
    CHECK(listed[1].checkpoint.position == Position(5));
    CHECK(listed[1].checkpoint.chain == log.store->chain_at(Position(5)));
    CHECK(listed[1].reported_at == log.place.clock.now());
    log.report("b", 1);
    CHECK(log.store->consumers()[1].checkpoint.position == Position(1));
  }
  TEST_CASE_TEMPLATE_APPLY(moved, Stores);

  TEST_CASE_TEMPLATE_DEFINE("changes wait for the consumer that is furthest behind", Place,
                            furthest) {
    SixEvents<Place> log;
    log.report("fast", 6);
    log.report("slow", 2);
    log.report("also", 3);
    const auto refused =
        log.change(TruncateStream{.stream = stream("a"), .before = StreamVersion(4)});
    REQUIRE_FALSE(refused.has_value());
    const auto& behind = std::get<ConsumerBehind>(refused.error());
    CHECK(behind.consumer == "slow");
    CHECK(behind.at == Position(2));
    CHECK(behind.last == Position(3));
    CHECK(
        log.change(TruncateStream{.stream = stream("a"), .before = StreamVersion(3)}).has_value());
    CHECK(log.store->forget_consumer("slow"));
    CHECK(
        log.change(TruncateStream{.stream = stream("a"), .before = StreamVersion(4)}).has_value());
    CHECK_FALSE(log.change(DeleteStream{.stream = stream("a")}).has_value());
    CHECK(log.store->stream_state(stream("a")).exists());
    CHECK(log.tombstones() == Positions{1, 2, 3});
  }
  TEST_CASE_TEMPLATE_APPLY(furthest, Stores);

  TEST_CASE_TEMPLATE_DEFINE("force passes a consumer and says so", Place, forced) {
    SixEvents<Place> log;
    log.report("slow", 2);
    const auto force = [&](decltype(LifeCycleChange::what) what) {
      const auto changed = log.store->change(
          {.what = std::move(what), .who = "ann", .reason = "asked for", .force = true});
      REQUIRE(changed.has_value());
      return changed->forced;
    };
    CHECK_FALSE(force(TruncateStream{.stream = stream("a"), .before = StreamVersion(3)}));
    CHECK(force(SkipEvent{.event = event_id(5)}));
    CHECK_FALSE(force(SkipEvent{.event = event_id(5), .skipped = false}));
    CHECK(force(DeleteStream{.stream = stream("a")}));
    CHECK(log.compact_all().waits_for.empty());
    CHECK(log.tombstones().size() == 6);
  }
  TEST_CASE_TEMPLATE_APPLY(forced, Stores);

  TEST_CASE_TEMPLATE_DEFINE("retention lets a consumer come before it takes", Place, waits) {
    SixEvents<Place> log;
    log.report("slow", 0);
    log.retain({.count_max = 1});
    CHECK(log.kept() == Positions{6});
    for (std::uint64_t position = 0; position <= 4; ++position) {
      log.report("slow", position);
      CHECK(log.compact_all().waits_for == "slow");
      CHECK(log.tombstones().size() == position);
    }
    log.report("slow", 5);
    CHECK(log.compact_all().waits_for.empty());
    CHECK(log.tombstones() == Positions{1, 2, 3, 4, 5});
  }
  TEST_CASE_TEMPLATE_APPLY(waits, Stores);
}

TEST_SUITE("store/condition") {
  TEST_CASE_TEMPLATE_DEFINE("limits of tags and criteria are told before anything is stored", Place,
                            limits) {
    Place place;
    const auto store = place.open();
    const auto field_of = [&](Append append) {
      const auto result = store->append(std::move(append));
      const auto& limit = error_of<LimitExceeded>(result);
      CHECK(limit.actual == limit.max + 1);
      return limit.field;
    };
    const auto under = [&](std::vector<Criterion> criteria) {
      auto append = append_of(1, stream("a"), {1});
      append.condition = AppendCondition{.criteria = std::move(criteria), .after = {}};
      return append;
    };
    const auto tagged = [&](std::vector<std::string> tags) {
      auto append = append_of(1, stream("a"), {1});
      append.streams[0].events[0].tags = std::move(tags);
      return append;
    };
    const auto names = [](std::size_t count) { return std::vector<std::string>(count, "name"); };
    CHECK(field_of(under(std::vector<Criterion>(65))) == "criteria");
    CHECK(field_of(under({{}, {.types = names(65)}})) == "criterion.types");
    CHECK(field_of(under({{}, {.tags = names(17)}})) == "criterion.tags");
    CHECK(field_of(tagged(names(65))) == "tags");
    CHECK(field_of(tagged({std::string(256, 'x')})) == "tag");
    CHECK(store->high_water() == Position());
    auto largest = under(std::vector<Criterion>(64, {.types = names(64), .tags = names(16)}));
    largest.streams[0].events[0].tags = names(63);
    largest.streams[0].events[0].tags.emplace_back(255, 'x');
    REQUIRE(store->append(largest).has_value());
    CHECK(read(*store, {.criteria = {{.tags = {std::string(255, 'x')}}}}).events.size() == 1);
    CHECK(read(*store, {.criteria = {{.tags = names(16)}}}).events.size() == 1);
  }
  TEST_CASE_TEMPLATE_APPLY(limits, Stores);
}

}  // namespace
}  // namespace tidemark::store
