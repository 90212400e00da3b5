#pragma once

#include <doctest/doctest.h>

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/feed/consumer_group.hpp"
#include "tidemark/store/sqlite_store.hpp"

/// A group of consumers whose members a test steps one by one.
namespace group_test {

using namespace tidemark;
using feed::ConsumerGroupDesk;
using feed::ConsumerGroupOptions;
using feed::ConsumerGroupWorker;
using feed::GroupTurn;

inline constexpr Micros lease = std::chrono::seconds(10);

inline std::unique_ptr<store::SqliteStore> open_log(const Clock& clock, Random& random) {
  return store::SqliteStore::open({.file = ":memory:", .side_store = false}, clock, random);
}

inline void append(store::EventStore& log, std::uint64_t number, const std::string& key) {
  Uuid::Bytes bytes{};
  for (unsigned at = 0; at < 8; ++at) bytes[15 - at] = static_cast<std::uint8_t>(number >> 8 * at);
  store::StreamWrite write{.stream = StreamId("thing", key)};
  write.events.push_back({.event_id = EventId(Uuid(bytes)), .type = "test.Happened", .data = "d"});
  REQUIRE(log.append({.id = AppendId(Uuid(bytes)), .streams = {std::move(write)}}).has_value());
}

/// What the members of a group handled, in order.
struct Handled {
  std::uint64_t position = 0;
  std::string key;
  unsigned member = 0;
  GroupTurn turn;
};

/// A log and the members of one group that read it.
struct Group {
  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{3};
  std::list<SeededRandom> draws;  ///< of each member its own: they may be in several threads
  std::unique_ptr<store::StoreEngine> log = open_log(clock, random);
  ConsumerGroupOptions options{.name = "billing", .lanes = 8, .lease = lease};
  std::vector<std::unique_ptr<ConsumerGroupWorker>> members;
  std::mutex handling;
  std::vector<Handled> handled;  // guarded by handling
  std::set<std::uint64_t> bad;   ///< positions that fail
  std::set<std::uint64_t> down;  ///< positions at which the world fails
  bool is_down_for_good = false;
  Micros handling_takes{0};
  std::uint64_t stored = 0;

  void add_events(std::uint64_t count, std::uint64_t keys = 20) {
    for (std::uint64_t at = 0; at < count; ++at) {
      ++stored;
      append(*log, stored, std::to_string(stored % keys));
    }
  }
  void join(unsigned count = 1) {
    for (; count > 0; --count) join_by(*log);
  }
  /// A member by another way to the same log.
  void join_by(store::StoreEngine& store) {
    const auto number = static_cast<unsigned>(members.size());
    members.push_back(std::make_unique<ConsumerGroupWorker>(
        store, options,
        [this, number](const EventView& event, const GroupTurn& turn) {
          clock.advance(handling_takes);
          const auto position = event.metadata.position.value();
          if (down.contains(position)) {
            throw Failure({.code = "test.down", .message = "down", .retryable = !is_down_for_good});
          }
          if (bad.contains(position)) throw std::runtime_error("cannot take it");
          const std::lock_guard lock(handling);
          handled.push_back({position, std::string(event.metadata.stream), number, turn});
        },
        clock, draws.emplace_back(random.next())));
  }
  /// Steps a member until it has nothing to do.
  void run(unsigned member) {
    for (int steps = 0; steps < 10'000; ++steps) {
      if (members[member]->step().did == runtime::Step::Did::nothing) return;
    }
    FAIL("a member never comes to rest");
  }
  void run_all(std::initializer_list<unsigned> order) {
    for (const auto member : order) run(member);
  }
  /// Lets so much time pass, in which these members note their progress.
  void pass(Micros time, std::initializer_list<unsigned> living) {
    for (Micros passed{0}; passed < time; passed += std::chrono::seconds(1)) {
      clock.advance(std::chrono::seconds(1));
      run_all(living);
    }
  }
  [[nodiscard]] std::map<std::uint64_t, int> times() const {
    std::map<std::uint64_t, int> found;
    for (const auto& event : handled) ++found[event.position];
    return found;
  }
  /// Every event was handled, and the first time in the order of its key.
  void check_all_in_order() const {
    std::map<std::string, std::uint64_t> last;
    std::set<std::uint64_t> seen;
    for (const auto& event : handled) {
      if (!seen.insert(event.position).second) continue;
      CHECK(event.position > last[event.key]);
      last[event.key] = event.position;
    }
    CHECK(seen.size() == stored);
  }
  void check_once() const {
    check_all_in_order();
    CHECK(handled.size() == stored);
  }
  [[nodiscard]] feed::GroupView view() const {
    return ConsumerGroupDesk(*log).show("billing").value();
  }
  [[nodiscard]] std::map<std::string, int> lanes_by_owner() const {
    std::map<std::string, int> lanes;
    for (const auto& lane : view().lanes) ++lanes[lane.owner];
    return lanes;
  }
};

}  // namespace group_test
