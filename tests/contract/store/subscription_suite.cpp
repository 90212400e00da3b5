#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "contract/store/stores.hpp"
#include "support/failure_code.hpp"
#include "tidemark/store/event_range.hpp"
#include "tidemark/store/subscription.hpp"

namespace tidemark::store {
namespace {

using test::failure_code;
using Positions = std::vector<std::uint64_t>;

constexpr Micros long_enough = std::chrono::seconds(30);  ///< for what comes at once

void store_events(EventStore& store, std::uint64_t first, std::uint64_t last) {
  for (auto number = first; number <= last; ++number) {
    auto append = append_of(number, stream(std::to_string(number % 3)), {number});
    if (number % 4 == 0) append.streams[0].events[0].type = "test.Rare";
    REQUIRE(store.append(std::move(append)).has_value());
  }
}

/// Remembers the positions that it was shown.
struct Seen {
  Positions positions;
  Visitor visitor() {
    return [this](const EventView& event) {
      positions.push_back(event.metadata.position.value());
      return true;
    };
  }
};

Positions up_to(std::uint64_t last) {
  Positions positions;
  for (std::uint64_t position = 1; position <= last; ++position) positions.push_back(position);
  return positions;
}

Positions positions_of(EventRange range) {
  Positions positions;
  for (const auto& event : range) positions.push_back(event.metadata().position.value());
  return positions;
}

// [loop]
/// What was ever stored in a category, in bytes.
std::uint64_t bytes_in(EventStore& store, const std::string& category) {
  std::uint64_t bytes = 0;
  for (const RecordedEvent& event : events(store, {.category = category})) {
    bytes += event.data().size();
  }
  return bytes;
}
// [/loop]

// [follow]
/// Counts what is stored and what comes, until somebody asks it to stop.
void count_events(EventStore& store, std::atomic<std::uint64_t>& count,
                  const std::stop_token& stop) {
  Subscription subscription(store, {.events = {.category = "thing"}});
  while (!stop.stop_requested()) {
    subscription.wait(
        [&](const EventView&) {
          ++count;
          return true;
        },
        std::chrono::seconds(1), stop);
  }
}
// [/follow]

TEST_SUITE("store/subscription") {
  TEST_CASE_TEMPLATE_DEFINE("a thread follows the log until it is asked to stop", Place, follows) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 3);
    std::atomic<std::uint64_t> count{0};
    std::jthread thread([&](const std::stop_token& stop) { count_events(*store, count, stop); });
    store_events(*store, 4, 6);
    for (auto seen = count.load(); seen < 6; seen = count.load()) std::this_thread::yield();
    thread.request_stop();
    thread.join();
    CHECK(count == 6);
    CHECK(bytes_in(*store, "thing") == 6 * std::string("data").size());
    CHECK(bytes_in(*store, "other") == 0);
  }
  TEST_CASE_TEMPLATE_APPLY(follows, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a subscription catches up and goes over to what is new", Place,
                            catches_up) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 5);
    Subscription subscription(*store, {.events = {.limit = 3}});
    Seen seen;
    CHECK(subscription.position() == Position());
    CHECK(subscription.poll(seen.visitor()) == 3);
    CHECK_FALSE(subscription.is_live());
    CHECK(subscription.poll(seen.visitor()) == 2);
    CHECK(subscription.is_live());
    CHECK(subscription.poll(seen.visitor()) == 0);
    store_events(*store, 6, 7);
    CHECK(subscription.wait(seen.visitor(), long_enough) == 2);
    CHECK(seen.positions == up_to(7));
    CHECK(subscription.position() == Position(7));
  }
  TEST_CASE_TEMPLATE_APPLY(catches_up, Stores);

  TEST_CASE_TEMPLATE_DEFINE("nothing is lost or repeated where old and new events meet", Place,
                            seam) {
    constexpr std::uint64_t writers = 4, each = 60;
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 50);
    std::vector<std::thread> threads;
    for (std::uint64_t writer = 1; writer <= writers; ++writer) {
      threads.emplace_back([&store, writer] {
        for (std::uint64_t count = 0; count < each; ++count) {
          const auto number = writer * 1000 + count;
          static_cast<void>(store->append(append_of(number, stream("s"), {number})));
        }
      });
    }
    constexpr auto total = 50 + writers * each;
    std::vector<Seen> seen(3);
    std::vector<std::thread> readers;
    for (auto& mine : seen) {
      readers.emplace_back([&store, &mine] {
        Subscription subscription(*store, {.events = {.limit = 7}});
        while (subscription.position() < Position(total)) {
          if (subscription.wait(mine.visitor(), long_enough) == 0) return;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    for (auto& thread : readers) thread.join();
    for (const auto& mine : seen) CHECK(mine.positions == up_to(total));
  }
  TEST_CASE_TEMPLATE_APPLY(seam, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a filter passes over what is not wanted", Place, filtered) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 10);
    Subscription rare(*store, {.events = {.types = {"test.Rare"}}});
    Seen seen;
    CHECK(rare.poll(seen.visitor()) == 2);
    CHECK(seen.positions == Positions{4, 8});
    CHECK(rare.position() == Position(10));
    CHECK(rare.is_live());
    Subscription none(*store, {.events = {.category = "nobody"}});
    CHECK(none.wait(seen.visitor(), std::chrono::milliseconds(5)) == 0);
    CHECK(none.position() == Position(10));
    store_events(*store, 11, 12);
    CHECK(rare.wait(seen.visitor(), long_enough) == 1);
    CHECK(seen.positions.back() == 12);
  }
  TEST_CASE_TEMPLATE_APPLY(filtered, Stores);

  TEST_CASE_TEMPLATE_DEFINE("what a visitor does not take is visited again", Place, not_taken) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 4);
    Subscription subscription(*store, {});
    CHECK(subscription.poll(
              [](const EventView& event) { return event.metadata.position < Position(2); }) == 2);
    CHECK(subscription.position() == Position(2));
    CHECK_THROWS_AS(subscription.poll([](const EventView& event) -> bool {
      if (event.metadata.position == Position(4)) throw std::runtime_error("not now");
      return true;
    }),
                    std::runtime_error);
    CHECK(subscription.position() == Position(3));
    Seen seen;
    CHECK(subscription.poll(seen.visitor()) == 1);
    CHECK(seen.positions == Positions{4});
  }
  TEST_CASE_TEMPLATE_APPLY(not_taken, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a subscription goes on behind its origin and knows its log", Place,
                            resumes) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 6);
    Subscription first(*store, {.events = {.limit = 4}});
    Seen seen;
    first.poll(seen.visitor());
    const auto origin = first.origin();
    Subscription second(*store, {.behind = origin});
    second.poll(seen.visitor());
    CHECK(seen.positions == up_to(6));
    Subscription third(*store, {.events = {.from = Position(6)}});
    CHECK(third.poll(seen.visitor()) == 1);

    auto altered = origin;
    altered.checkpoint.chain[0] ^= 1;
    CHECK(failure_code([&] { Subscription(*store, {.behind = altered}); }) == "store.diverged");
    auto beyond = origin;
    beyond.checkpoint.position = Position(7);
    CHECK(failure_code([&] { Subscription(*store, {.behind = beyond}); }) == "store.diverged");
    Place elsewhere;
    elsewhere.random = SeededRandom(8);
    const auto other = elsewhere.open();
    store_events(*other, 1, 6);
    CHECK(failure_code([&] { Subscription(*other, {.behind = origin}); }) == "store.diverged");
  }
  TEST_CASE_TEMPLATE_APPLY(resumes, Stores);

  TEST_CASE_TEMPLATE_DEFINE("waiting ends with a commit or a request to stop or in time", Place,
                            waiting) {
    Place place;
    const auto store = place.open();
    Subscription subscription(*store, {.poll_interval = std::chrono::hours(1)});
    Seen seen;
    CHECK(subscription.wait(seen.visitor(), Micros(0)) == 0);
    CHECK(subscription.wait(seen.visitor(), std::chrono::milliseconds(2)) == 0);

    std::jthread writer([&store] { store_events(*store, 1, 1); });
    CHECK(subscription.wait(seen.visitor(), long_enough) == 1);
    writer.join();

    std::stop_source stop;
    std::jthread stopper([&stop] { stop.request_stop(); });
    CHECK(subscription.wait(seen.visitor(), std::chrono::hours(1), stop.get_token()) == 0);
    CHECK(seen.positions == Positions{1});
  }
  TEST_CASE_TEMPLATE_APPLY(waiting, Stores);

  TEST_CASE_TEMPLATE_DEFINE("another process's events are met within the poll interval", Place,
                            others) {
    if constexpr (Place::survives) {
      Place place;
      const auto store = place.open();
      const auto other = place.open();
      Subscription subscription(*store, {.poll_interval = std::chrono::milliseconds(1)});
      Seen seen;
      CHECK(subscription.wait(seen.visitor(), Micros(0)) == 0);
      std::jthread writer([&other] { store_events(*other, 1, 3); });
      while (subscription.position() < Position(3)) {
        REQUIRE(subscription.wait(seen.visitor(), long_enough) > 0);
      }
      CHECK(seen.positions == up_to(3));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(others, Stores);

  TEST_CASE_TEMPLATE_DEFINE("there may be many subscriptions each at its own pace", Place, many) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 20);
    std::vector<Subscription> subscriptions;
    for (std::uint64_t number = 0; number < 200; ++number) {
      subscriptions.emplace_back(*store, SubscriptionOptions{.events = {.limit = 1 + number % 20}});
    }
    for (std::uint64_t number = 0; number < subscriptions.size(); ++number) {
      Seen seen;
      CHECK(subscriptions[number].poll(seen.visitor()) == 1 + number % 20);
      CHECK(seen.positions == up_to(1 + number % 20));
    }
  }
  TEST_CASE_TEMPLATE_APPLY(many, Stores);

  TEST_CASE_TEMPLATE_DEFINE("deleted events are visited as tombstones", Place, tombstones) {
    Place place;
    const auto store = place.open();
    store_events(*store, 1, 6);
    REQUIRE(store
                ->change({.what = DeleteStream{.stream = stream("1"), .deletion = Deletion::soft},
                          .who = "test"})
                .has_value());
    Positions gone;
    Subscription subscription(*store, {});
    CHECK(subscription.poll([&](const EventView& event) {
      if (event.tombstone) gone.push_back(event.metadata.position.value());
      return true;
    }) == 6);
    CHECK(gone == Positions{1, 4});
  }
  TEST_CASE_TEMPLATE_APPLY(tombstones, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a loop over a query meets every event of it page by page", Place,
                            loops) {
    Place place;
    const auto store = place.open();
    CHECK(positions_of(events(*store, ReadQuery{})).empty());
    store_events(*store, 1, 11);
    for (const std::uint64_t limit : {1U, 2U, 10U, 11U, 12U, 1000U}) {
      CHECK(positions_of(events(*store, ReadQuery{.limit = limit})) == up_to(11));
      auto backward =
          positions_of(events(*store, ReadQuery{.direction = Direction::backward, .limit = limit}));
      std::ranges::reverse(backward);
      CHECK(backward == up_to(11));
      CHECK(positions_of(events(*store, ReadQuery{.types = {"test.Rare"}, .limit = limit})) ==
            Positions{4, 8});
      CHECK(positions_of(events(*store, StreamQuery{.stream = stream("1"), .limit = limit})) ==
            Positions{1, 4, 7, 10});
      CHECK(positions_of(events(*store, StreamQuery{.stream = stream("1"),
                                                    .direction = Direction::backward,
                                                    .limit = limit})) == Positions{10, 7, 4, 1});
    }
    CHECK(positions_of(events(*store, ReadQuery{.types = {"test.Rare"}, .scan_max = 2})) ==
          Positions{4, 8});
    CHECK(positions_of(events(*store, StreamQuery{.stream = stream("nobody")})).empty());
    for (const auto& event : events(*store, ReadQuery{.limit = 2})) {
      if (event.metadata().position == Position(3)) break;
      store_events(*store, 11 + event.metadata().position.value(),
                   11 + event.metadata().position.value());
    }
    CHECK(positions_of(events(*store, ReadQuery{})) == up_to(13));
  }
  TEST_CASE_TEMPLATE_APPLY(loops, Stores);

  TEST_CASE_TEMPLATE_DEFINE("a loop over large events holds few of them at a time", Place, large) {
    Place place;
    const auto store = place.open();
    const std::string half_a_mebibyte(512 * 1024, 'x');
    for (std::uint64_t number = 1; number <= 20; ++number) {
      auto append = append_of(number, stream("big"), {number});
      append.streams[0].events[0].data = half_a_mebibyte;
      REQUIRE(store->append(std::move(append)).has_value());
    }
    CHECK(positions_of(events(*store, ReadQuery{})) == up_to(20));
    CHECK(positions_of(events(*store, StreamQuery{.stream = stream("big")})) == up_to(20));
  }
  TEST_CASE_TEMPLATE_APPLY(large, Stores);
}

}  // namespace
}  // namespace tidemark::store
