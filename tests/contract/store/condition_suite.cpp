#include <string>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

NewEvent tagged(std::uint64_t number, std::vector<std::string> tags,
                std::string type = "test.Happened") {
  auto made = event(number);
  made.type = std::move(type);
  made.tags = std::move(tags);
  return made;
}

/// Six events on three streams: who subscribes to which course.
void fill(EventStore& store) {
  const auto add = [&](std::uint64_t number, const StreamId& to, NewEvent added) {
    REQUIRE(store
                .append({.id = append_id(number),
                         .streams = {{.stream = to, .events = {std::move(added)}}}})
                .has_value());
  };
  add(1, stream("math"), tagged(1, {"course:math"}, "test.Defined"));
  add(2, stream("art"), tagged(2, {"course:art"}, "test.Defined"));
  add(3, stream("list"), tagged(3, {"course:math", "student:ann"}, "test.Subscribed"));
  add(4, stream("list"), tagged(4, {"student:ann", "course:art"}, "test.Subscribed"));
  add(5, stream("list"), tagged(5, {"course:math", "student:bob"}, "test.Subscribed"));
  add(6, stream("math"), tagged(6, {}, "test.Closed"));
}

/// Whether an append passes that excludes events like `criterion` behind `after`.
template <typename Place>
bool passes(const Criterion& criterion, std::uint64_t after) {
  Place place;
  const auto store = place.open();
  fill(*store);
  auto append = append_of(100, stream("new"), {100});
  append.condition = AppendCondition{.criteria = {criterion}, .after = Position(after)};
  const auto result = store->append(append);
  if (!result.has_value()) {
    CHECK(error_of<ConditionFailed>(result).position > Position(after));
    CHECK(store->high_water() == Position(6));
  }
  return result.has_value();
}

TEST_SUITE("store/condition") {
  TEST_CASE_TEMPLATE_DEFINE("events are found by tags and types in both directions", Place,
                            criteria) {
    Place place;
    const auto store = place.open();
    fill(*store);
    const auto found = [&](std::vector<Criterion> criteria, ReadQuery query = {}) {
      query.criteria = std::move(criteria);
      return read(*store, query).positions();
    };
    CHECK(found({{.tags = {"course:math"}}}) == Positions{1, 3, 5});
    CHECK(found({{.tags = {"course:math", "student:ann"}}}) == Positions{3});
    CHECK(found({{.tags = {"student:ann", "course:math"}}}) == Positions{3});
    CHECK(found({{.types = {"test.Subscribed"}}}) == Positions{3, 4, 5});
    CHECK(found({{.types = {"test.Defined", "test.Closed"}}}) == Positions{1, 2, 6});
    CHECK(found({{.types = {"test.Subscribed"}, .tags = {"course:art"}}}) == Positions{4});
    CHECK(found({{.tags = {"student:bob"}}, {.types = {"test.Defined"}}}) == Positions{1, 2, 5});
    CHECK(found({{}}) == Positions{1, 2, 3, 4, 5, 6});
    CHECK(found({{.tags = {"unheard of"}}}).empty());
    CHECK(found({{.types = {"unheard.Of"}}}).empty());
    CHECK(found({{.types = {"unheard.Of"}}, {.tags = {"student:bob"}}}) == Positions{5});
    CHECK(found({{.tags = {"course:math"}}}, {.direction = Direction::backward}) ==
          Positions{5, 3, 1});
    CHECK(found({{.types = {"test.Defined"}}, {.tags = {"student:ann"}}},
                {.direction = Direction::backward}) == Positions{4, 3, 2, 1});
    CHECK(found({{.tags = {"course:math"}}}, {.from = Position(2)}) == Positions{3, 5});
    CHECK(found({{.tags = {"course:math"}}},
                {.from = Position(4), .direction = Direction::backward}) == Positions{3, 1});
    CHECK(found({{.tags = {"course:math"}}}, {.category = "other"}).empty());
    CHECK(found({{.tags = {"course:math"}}}, {.types = {"test.Defined"}}) == Positions{1});
  }
  TEST_CASE_TEMPLATE_APPLY(criteria, Stores);

  TEST_CASE_TEMPLATE_DEFINE("criteria hold in a read of one conversation too", Place, correlated) {
    Place place;
    const auto store = place.open();
    for (std::uint64_t number = 1; number <= 6; ++number) {
      auto added = tagged(number, {number % 2 == 0 ? "even" : "odd"});
      if (number > 2) added.correlation_id = "c";
      REQUIRE(store
                  ->append({.id = append_id(number),
                            .streams = {{.stream = stream("a"), .events = {std::move(added)}}}})
                  .has_value());
    }
    ReadQuery query{.correlation_id = "c", .criteria = {{.tags = {"even"}}}};
    CHECK(read(*store, query).positions() == Positions{4, 6});
    query.direction = Direction::backward;
    CHECK(read(*store, query).positions() == Positions{6, 4});
    query.criteria = {{.types = {"test.Other"}}, {.tags = {"odd"}}};
    CHECK(read(*store, query).positions() == Positions{5, 3});
    query.criteria = {{.types = {"test.Other"}, .tags = {"odd"}}};
    CHECK(read(*store, query).events.empty());
  }
  TEST_CASE_TEMPLATE_APPLY(correlated, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a read by criteria says how far it looked", Place, scanned) {
    Place place;
    const auto store = place.open();
    fill(*store);
    ReadQuery query{.criteria = {{.tags = {"course:math"}}}, .limit = 2};
    auto page = read(*store, query);
    CHECK(page.positions() == Positions{1, 3});
    CHECK(page.end.scanned == Position(3));
    CHECK_FALSE(page.end.at_end);
    query.from = page.end.scanned.next();
    page = read(*store, query);
    CHECK(page.positions() == Positions{5});
    CHECK(page.end.scanned == Position(6));
    CHECK(page.end.at_end);
    query.from = {};
    query.scan_max = 1;
    query.limit = 10;
    page = read(*store, query);
    CHECK(page.positions() == Positions{1});
    CHECK_FALSE(page.end.at_end);
  }
  TEST_CASE_TEMPLATE_APPLY(scanned, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an append is refused when what it excludes has happened", Place,
                            excluded) {
    CHECK(passes<Place>({.tags = {"course:math"}}, 5));
    CHECK_FALSE(passes<Place>({.tags = {"course:math"}}, 4));
    CHECK_FALSE(passes<Place>({.tags = {"course:math"}}, 0));
    CHECK(passes<Place>({.tags = {"course:math", "course:art"}}, 0));
    CHECK(passes<Place>({.types = {"test.Subscribed"}}, 5));
    CHECK_FALSE(passes<Place>({.types = {"test.Subscribed"}}, 2));
    CHECK(passes<Place>({.types = {"test.Closed"}, .tags = {"course:math"}}, 0));
    CHECK(passes<Place>({.tags = {"unheard of"}}, 0));
    CHECK_FALSE(passes<Place>({}, 5));
    CHECK(passes<Place>({}, 6));
    CHECK(passes<Place>({}, 99));
  }
  TEST_CASE_TEMPLATE_APPLY(excluded, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an append does not disturb its own repetition", Place, repeated) {
    Place place;
    const auto store = place.open();
    Append append{.id = append_id(1),
                  .streams = {{.stream = stream("a"), .events = {tagged(1, {"seat:1"})}}},
                  .condition = AppendCondition{.criteria = {{.tags = {"seat:1"}}}, .after = {}}};
    REQUIRE(store->append(append).has_value());
    const auto again = store->append(append);
    REQUIRE(again.has_value());
    CHECK(again->repeated);
    CHECK(again->first == Position(1));
    append.id = append_id(2);
    append.streams[0].events = {tagged(2, {"seat:1"})};
    CHECK(error_of<ConditionFailed>(store->append(append)).position == Position(1));
  }
  TEST_CASE_TEMPLATE_APPLY(repeated, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a refused append leaves no tag behind", Place, no_tag_left) {
    Place place;
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1})).has_value());
    const Append refused{
        .id = append_id(2),
        .streams = {{.stream = stream("b"), .events = {tagged(2, {"seat:1"}), event(1)}}}};
    CHECK_FALSE(store->append(refused).has_value());
    REQUIRE(store->append(append_of(3, stream("c"), {3})).has_value());
    CHECK(read(*store, {.criteria = {{.tags = {"seat:1"}}}}).events.empty());
  }
  TEST_CASE_TEMPLATE_APPLY(no_tag_left, Stores);

  TEST_CASE_TEMPLATE_DEFINE("rare events are found among many", Place, rare) {
    Place place;
    const auto store = place.open();
    std::uint64_t number = 0;
    const auto add = [&](std::uint64_t count, const char* category, const char* type) {
      StreamWrite write{.stream = stream("a", category)};
      for (std::uint64_t at = 0; at < count; ++at) {
        write.events.push_back(tagged(++number, {}, type));
      }
      REQUIRE(store->append({.id = append_id(number), .streams = {std::move(write)}}).has_value());
    };
    add(3000, "thing", "test.Common");
    add(1, "rare", "test.Rare");
    add(3000, "thing", "test.Common");
    add(1, "rare", "test.Other");
    const auto page = read(*store, {.types = {"test.Rare"}, .scan_max = 1500});
    CHECK(page.positions() == Positions{3001});
    CHECK(page.end.at_end);
    CHECK(read(*store, {.category = "rare"}).positions() == Positions{3001, 6002});
    CHECK(read(*store, {.direction = Direction::backward, .category = "rare"}).positions() ==
          Positions{6002, 3001});
    CHECK(read(*store, {.category = "rare", .types = {"test.Common"}}).events.empty());
    CHECK(read(*store, {.criteria = {{.types = {"test.Other", "test.Rare"}}}}).positions() ==
          Positions{3001, 6002});
    const auto rest = read(*store, {.from = Position(3002), .category = "rare"});
    CHECK(rest.positions() == Positions{6002});
  }
  TEST_CASE_TEMPLATE_APPLY(rare, Stores);
}

}  // namespace
}  // namespace tidemark::store
