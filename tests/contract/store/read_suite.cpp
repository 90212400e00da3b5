#include <numeric>
#include <string>
#include <thread>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"

namespace tidemark::store {
namespace {

using Positions = std::vector<std::uint64_t>;

/// Twelve events: streams x-1, y-1, x-2 in turn; every third of type "other"; 5 and 6 correlated.
template <typename Place>
struct TwelveEvents {
  Place place;
  std::unique_ptr<EventStore> store = place.open();

  TwelveEvents() {
    for (std::uint64_t number = 1; number <= 12; ++number) {
      const auto to = number % 3 == 1   ? stream("1", "x")
                      : number % 3 == 2 ? stream("1", "y")
                                        : stream("2", "x");
      auto append = append_of(number, to, {number});
      auto& event = append.streams[0].events[0];
      if (number % 3 == 0) event.type = "other";
      if (number == 5 || number == 6) event.correlation_id = "c";
      place.clock.advance(std::chrono::seconds(1));
      REQUIRE(store->append(std::move(append)).has_value());
    }
  }
  Page page(const ReadQuery& query) { return read(*store, query); }
};

Positions from_to(std::uint64_t first, std::uint64_t last) {
  Positions positions;
  for (auto position = first; position <= last; ++position) positions.push_back(position);
  for (auto position = first; position >= last && first > last; --position) {
    positions.push_back(position);
    if (position == last) break;
  }
  return positions;
}

TEST_SUITE("store/read") {
  TEST_CASE_TEMPLATE_DEFINE("an empty store has nothing to read", Place, empty) {
    Place place;
    const auto store = place.open();
    CHECK(store->high_water() == Position(0));
    for (const auto direction : {Direction::forward, Direction::backward}) {
      const auto page = read(*store, {.direction = direction});
      CHECK(page.events.empty());
      CHECK(page.end.at_end);
      CHECK(page.end.scanned == Position(0));
    }
    CHECK(read_stream(*store, {.stream = stream("a")}).end.at_end);
    CHECK_FALSE(store->find_event(event_id(1)).has_value());
    CHECK(store->position_at(UtcTime()) == Position(1));
    CHECK(store->chain_at(Position(0)) == ChainHash{});
    for (const auto beyond : {std::uint64_t{1}, std::uint64_t{1} << 63U, UINT64_MAX}) {
      CHECK_FALSE(store->chain_at(Position(beyond)).has_value());
      CHECK(store->skipped_events(Position(beyond), UINT64_MAX).empty());
    }
    CHECK(store->issued_checkpoints(UINT64_MAX).empty());
  }
  TEST_CASE_TEMPLATE_APPLY(empty, Stores);

  TEST_CASE_TEMPLATE_DEFINE("events are read in both directions", Place, directions) {
    TwelveEvents<Place> log;
    CHECK(log.page({}).positions() == from_to(1, 12));
    CHECK(log.page({.from = Position(0)}).positions() == from_to(1, 12));
    CHECK(log.page({.from = Position(4)}).positions() == from_to(4, 12));
    CHECK(log.page({.from = Position(13)}).positions().empty());
    CHECK(log.page({.from = Position(13)}).end.at_end);
    CHECK(log.page({.direction = Direction::backward}).positions() == from_to(12, 1));
    CHECK(log.page({.from = Position(4), .direction = Direction::backward}).positions() ==
          from_to(4, 1));
    CHECK(log.page({.from = Position(99), .direction = Direction::backward}).positions() ==
          from_to(12, 1));
    CHECK(log.page({.from = Position(0), .direction = Direction::backward}).positions().empty());
  }
  TEST_CASE_TEMPLATE_APPLY(directions, Stores);

  TEST_CASE_TEMPLATE_DEFINE("pages follow each other without a gap", Place, pages) {
    TwelveEvents<Place> log;
    Positions seen;
    ReadQuery query{.limit = 5};
    ReadEnd end;
    int pages = 0;
    do {
      const auto page = log.page(query);
      end = page.end;
      for (const auto position : page.positions()) seen.push_back(position);
      query.from = end.scanned.next();
      ++pages;
    } while (!end.at_end);
    CHECK(seen == from_to(1, 12));
    CHECK(pages == 3);

    const auto newest = log.page({.direction = Direction::backward, .limit = 5});
    CHECK(newest.positions() == from_to(12, 8));
    CHECK(newest.end.scanned == Position(8));
    CHECK_FALSE(newest.end.at_end);
    CHECK(log.page({.limit = 12}).end.at_end);
    CHECK(log.page({.direction = Direction::backward, .limit = 12}).end.at_end);
  }
  TEST_CASE_TEMPLATE_APPLY(pages, Stores);

  TEST_CASE_TEMPLATE_DEFINE("filters let through what they name", Place, filters) {
    TwelveEvents<Place> log;
    CHECK(log.page({.category = "y"}).positions() == Positions{2, 5, 8, 11});
    CHECK(log.page({.types = {"other"}}).positions() == Positions{3, 6, 9, 12});
    CHECK(log.page({.types = {"other", "test.Happened", "unknown"}}).positions() == from_to(1, 12));
    CHECK(log.page({.category = "x", .types = {"test.Happened"}}).positions() ==
          Positions{1, 4, 7, 10});
    CHECK(log.page({.category = "y", .types = {"other"}}).positions().empty());
    CHECK(log.page({.correlation_id = "c"}).positions() == Positions{5, 6});
    CHECK(log.page({.direction = Direction::backward, .correlation_id = "c"}).positions() ==
          Positions{6, 5});
    CHECK(log.page({.category = "y", .correlation_id = "c"}).positions() == Positions{5});
    CHECK(log.page({.types = {"other"}, .correlation_id = "c"}).positions() == Positions{6});
    CHECK(log.page({.from = Position(6), .correlation_id = "c"}).positions() == Positions{6});
    for (const auto& page : {log.page({.category = "unknown"}), log.page({.types = {"unknown"}}),
                             log.page({.correlation_id = "unknown"})}) {
      CHECK(page.events.empty());
      CHECK(page.end.at_end);
      CHECK(page.end.scanned == Position(12));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(filters, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a read looks at a bounded number of events", Place, scan_max) {
    TwelveEvents<Place> log;
    const auto page = log.page({.types = {"other"}, .scan_max = 5});
    CHECK(page.positions() == Positions{3});
    CHECK(page.end.scanned == Position(5));
    CHECK_FALSE(page.end.at_end);
    const auto none = log.page({.from = Position(4), .types = {"other"}, .scan_max = 2});
    CHECK(none.events.empty());
    CHECK(none.end.scanned == Position(5));
    const auto backward =
        log.page({.direction = Direction::backward, .types = {"other"}, .scan_max = 4});
    CHECK(backward.positions() == Positions{12, 9});
    CHECK(backward.end.scanned == Position(9));
    // How many a look-up by conversation has to look at is the engine's own business.
    ReadQuery correlated{.types = {"other"}, .correlation_id = "c", .scan_max = 1};
    auto conversation = log.page(correlated);
    while (!conversation.end.at_end && conversation.events.empty()) {
      REQUIRE(conversation.end.scanned >= correlated.from.value_or(Position()));
      correlated.from = conversation.end.scanned.next();
      conversation = log.page(correlated);
    }
    CHECK(conversation.positions() == Positions{6});
  }
  TEST_CASE_TEMPLATE_APPLY(scan_max, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a read without any bound looks at everything", Place, no_scan_max) {
    TwelveEvents<Place> log;
    constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
    for (const auto direction : {Direction::forward, Direction::backward}) {
      CAPTURE(direction);
      const auto count = [&](ReadQuery query) {
        query.direction = direction;
        query.scan_max = unbounded;
        const auto page = log.page(query);
        CHECK(page.end.at_end);
        return page.events.size();
      };
      CHECK(count({}) == 12);
      CHECK(count({.types = {"other"}}) == 4);
      CHECK(count({.correlation_id = "c"}) == 2);
      CHECK(count({.criteria = {{.types = {"other"}}}}) == 4);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(no_scan_max, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a visitor stops the read after the event it is at", Place, stops) {
    TwelveEvents<Place> log;
    const auto end = log.store->read(
        {}, [](const EventView& event) { return event.metadata.position != Position(7); });
    CHECK(end.returned == 7);
    CHECK(end.scanned == Position(7));
    CHECK_FALSE(end.at_end);
  }
  TEST_CASE_TEMPLATE_APPLY(stops, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a visitor may read and append itself", Place, nested) {
    TwelveEvents<Place> log;
    std::uint64_t nested = 0;
    log.store->read({.limit = 2}, [&](const EventView& event) {
      const auto number = 100 + event.metadata.position.value();
      CHECK(log.store->append(append_of(number, stream("nested"), {number})).has_value());
      nested += read(*log.store).events.size();
      return true;
    });
    CHECK(nested == 13 + 14);
  }
  TEST_CASE_TEMPLATE_APPLY(nested, Stores);

  TEST_CASE_TEMPLATE_DEFINE("one stream is read by version", Place, one_stream) {
    TwelveEvents<Place> log;
    const auto all = read_stream(*log.store, {.stream = stream("1", "x")});
    CHECK(all.positions() == Positions{1, 4, 7, 10});
    CHECK(all.events[2].metadata().version == StreamVersion(3));
    CHECK(all.end.at_end);
    CHECK(all.end.scanned == Position(10));
    const auto behind =
        read_stream(*log.store, {.stream = stream("1", "x"), .from = StreamVersion(3)});
    CHECK(behind.positions() == Positions{7, 10});
    const auto newest = read_stream(
        *log.store, {.stream = stream("1", "x"), .direction = Direction::backward, .limit = 3});
    CHECK(newest.positions() == Positions{10, 7, 4});
    CHECK_FALSE(newest.end.at_end);
    const auto back = read_stream(
        *log.store,
        {.stream = stream("1", "x"), .from = StreamVersion(2), .direction = Direction::backward});
    CHECK(back.positions() == Positions{4, 1});
    CHECK(back.end.at_end);
    CHECK(read_stream(*log.store, {.stream = stream("1", "x"), .limit = 4}).end.at_end);
    CHECK(read_stream(*log.store, {.stream = stream("none")}).events.empty());
  }
  TEST_CASE_TEMPLATE_APPLY(one_stream, Stores);

  TEST_CASE_TEMPLATE_DEFINE("an event is found by its id", Place, by_id) {
    TwelveEvents<Place> log;
    const auto found = log.store->find_event(event_id(5));
    REQUIRE(found.has_value());
    CHECK(found->metadata().position == Position(5));
    CHECK(found->metadata().stream == "y-1");
    CHECK_FALSE(log.store->find_event(event_id(99)).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(by_id, Stores);

  TEST_CASE_TEMPLATE_DEFINE("streams are listed by name, in pages", Place, listed) {
    TwelveEvents<Place> log;
    REQUIRE(log.store->append(append_of(50, stream("1", "xx"), {50})).has_value());
    const auto names = [&](const std::string& category, const std::string& after,
                           std::uint64_t limit) {
      std::vector<std::string> found;
      for (const auto& info : log.store->streams(category, after, limit)) {
        found.push_back(info.stream.name());
      }
      return found;
    };
    using Names = std::vector<std::string>;
    CHECK(names("", "", 10) == Names{"x-1", "x-2", "xx-1", "y-1"});
    CHECK(names("x", "", 10) == Names{"x-1", "x-2"});
    CHECK(names("x", "x-1", 10) == Names{"x-2"});
    CHECK(names("", "x-1", 2) == Names{"x-2", "xx-1"});
    CHECK(names("x", "y-1", 10).empty());
    CHECK(names("none", "", 10).empty());
    const auto info = log.store->streams("x", "", 1).at(0);
    CHECK(info.version == StreamVersion(4));
    CHECK(info.last_position == Position(10));
  }
  TEST_CASE_TEMPLATE_APPLY(listed, Stores);

  TEST_CASE_TEMPLATE_DEFINE("the time of recording never falls, also when the clock jumps back",
                            Place, times) {
    Place place;
    const auto store = place.open();
    const auto start = place.clock.now();
    const auto minutes = [&](int count) { return start + std::chrono::minutes(count); };
    std::uint64_t number = 0;
    for (const int minute : {0, 10, 5, 5, 20}) {
      place.clock.jump_to(minutes(minute));
      ++number;
      REQUIRE(store->append(append_of(number, stream("a"), {number})).has_value());
    }
    std::vector<UtcTime> recorded;
    for (const auto& event : read(*store).events) recorded.push_back(event.metadata().recorded_at);
    CHECK(recorded == std::vector{minutes(0), minutes(10), minutes(10), minutes(10), minutes(20)});
    CHECK(store->position_at(minutes(-1)) == Position(1));
    CHECK(store->position_at(minutes(0)) == Position(1));
    CHECK(store->position_at(minutes(1)) == Position(2));
    CHECK(store->position_at(minutes(10)) == Position(2));
    CHECK(store->position_at(minutes(11)) == Position(5));
    CHECK(store->position_at(minutes(20)) == Position(5));
    CHECK(store->position_at(minutes(21)) == Position(6));
  }
  TEST_CASE_TEMPLATE_APPLY(times, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a read that asks for too much at once is refused", Place, too_much) {
    Place place;
    const auto store = place.open();
    auto tagged = append_of(1, stream("a"), {1});
    tagged.streams[0].events[0].tags = {"t1"};
    REQUIRE(store->append(std::move(tagged)).has_value());
    const auto names = [](const char* prefix, std::uint64_t count) {
      std::vector<std::string> made{"test.Happened"};
      while (made.size() < count) made.push_back(prefix + std::to_string(made.size()));
      return made;
    };
    const auto found = [&](const ReadQuery& query) {
      std::uint64_t events = 0;
      const auto code = test::failure_code([&] { events = read(*store, query).events.size(); });
      return code == "no failure" ? std::to_string(events) : code;
    };
    const Criterion any_tag{.tags = {"t1"}};
    CHECK(found({.criteria = std::vector(64, any_tag)}) == "1");
    CHECK(found({.criteria = std::vector(65, any_tag)}) == "store.limit");
    CHECK(found({.criteria = {{.types = names("test.T", 64)}}}) == "1");
    CHECK(found({.criteria = {{.types = names("test.T", 65)}}}) == "store.limit");
    CHECK(found({.criteria = {{.tags = std::vector<std::string>(16, "t1")}}}) == "1");
    CHECK(found({.criteria = {{.tags = std::vector<std::string>(17, "t1")}}}) == "store.limit");
    CHECK(found({.types = names("test.T", 1024)}) == "1");
    CHECK(found({.types = names("test.T", 1025)}) == "store.limit");
  }
  TEST_CASE_TEMPLATE_APPLY(too_much, Stores);

  TEST_CASE_TEMPLATE_DEFINE("the chain tells two histories apart", Place, chains) {
    Place one;
    Place other;
    const auto first = one.open();
    const auto second = other.open();
    for (auto* store : {first.get(), second.get()}) {
      REQUIRE(store->append(append_of(1, stream("a"), {1, 2})).has_value());
    }
    CHECK(first->chain_at(Position(2)) == second->chain_at(Position(2)));
    CHECK(first->chain_at(Position(1)) != first->chain_at(Position(2)));
    REQUIRE(first->append(append_of(2, stream("a"), {3})).has_value());
    REQUIRE(second->append(append_of(2, stream("b"), {3})).has_value());
    CHECK(first->chain_at(Position(3)).has_value());
    CHECK(first->chain_at(Position(3)) != second->chain_at(Position(3)));
    CHECK_FALSE(first->chain_at(Position(4)).has_value());
  }
  TEST_CASE_TEMPLATE_APPLY(chains, Stores);
}

TEST_SUITE("store/catalogue") {
  TEST_CASE_TEMPLATE_DEFINE("each layout of a type has a version of its own", Place, versions) {
    Place place;
    auto store = place.open();
    CHECK(store->register_type("test.A", "f1") == 1);
    CHECK(store->register_type("test.A", "f2") == 2);
    CHECK(store->register_type("test.A", "f1") == 1);
    CHECK(store->register_type("test.B", "f2") == 1);
    if constexpr (Place::survives) {
      store.reset();
      store = place.open();
      CHECK(store->register_type("test.A", "f2") == 2);
      CHECK(store->register_type("test.A", "f3") == 3);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(versions, Stores);

  TEST_CASE_TEMPLATE_DEFINE("properties are kept and replaced", Place, properties) {
    Place place;
    auto store = place.open();
    CHECK_FALSE(store->property("manifest").has_value());
    store->set_property("manifest", "one");
    store->set_property("manifest", std::string("tw\0", 3));
    CHECK(store->property("manifest") == std::string("tw\0", 3));
    const auto id = store->store_id();
    CHECK_FALSE(id.is_nil());
    if constexpr (Place::survives) {
      store.reset();
      store = place.open();
      CHECK(store->property("manifest") == std::string("tw\0", 3));
      CHECK(store->store_id() == id);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(properties, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a property is changed only while it is as expected", Place, agreed) {
    Place place;
    const auto store = place.open();
    const std::string zero("0\0", 2);
    CHECK_FALSE(store->change_property("p", zero, "1"));
    CHECK_FALSE(store->property("p").has_value());
    CHECK(store->change_property("p", std::nullopt, zero));
    CHECK_FALSE(store->change_property("p", std::nullopt, "1"));
    CHECK_FALSE(store->change_property("p", "0", "1"));
    CHECK(store->property("p") == zero);
    CHECK(store->change_property("p", zero, ""));
    CHECK(store->change_property("p", "", "2"));
    CHECK(store->property("p") == "2");
  }
  TEST_CASE_TEMPLATE_APPLY(agreed, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a visit reads on with a single reader", Place, nested) {
    Place place;
    place.options.readers_max = 1;
    place.options.busy_timeout = std::chrono::milliseconds(100);
    const auto store = place.open();
    REQUIRE(store->append(append_of(1, stream("a"), {1, 2})).has_value());
    std::uint64_t seen = 0;
    store->read({}, [&](const EventView& event) {
      CHECK(store->stream_version(stream("a")) == StreamVersion(2));
      CHECK(store->find_event(event.metadata.event_id).has_value());
      store->read_stream({.stream = stream("a")}, [&](const EventView&) {
        ++seen;
        return store->high_water() == Position(2);
      });
      return true;
    });
    CHECK(seen == 4);
    // Its turn was given back.
    std::thread other([&] { CHECK(store->high_water() == Position(2)); });
    other.join();
  }
  TEST_CASE_TEMPLATE_APPLY(nested, Stores);
}

}  // namespace
}  // namespace tidemark::store
