#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "consumer_group_fixture.hpp"
#include "failure_code.hpp"

namespace {

using namespace group_test;
using test::failure_code;

// [member]
/// Bills what its share of the events says; `billed` knows what was billed before.
std::unique_ptr<runtime::Worker> billing_member(store::StoreEngine& store,
                                                std::set<EventId>& billed, const Clock& clock,
                                                Random& random) {
  return std::make_unique<ConsumerGroupWorker>(
      store, ConsumerGroupOptions{.name = "billing", .events = {.category = "thing"}},
      [&billed](const EventView& event, const GroupTurn&) {
        billed.insert(event.metadata.event_id);
      },
      clock, random);
}
// [/member]

TEST_SUITE("feed/consumer_group") {
  TEST_CASE("a member bills what there is") {
    Group group;
    std::set<EventId> billed;
    const auto member = billing_member(*group.log, billed, group.clock, group.random);
    group.add_events(7);
    CHECK(member->step().items == 7);
    CHECK(billed.size() == 7);
    member->stop();
  }

  TEST_CASE("members share the events and each key stays in order") {
    Group group;
    group.join(3);
    for (int round = 0; round < 20; ++round) {
      group.add_events(25);
      group.pass(std::chrono::seconds(1), {0, 1, 2});
    }
    group.check_once();
    std::set<unsigned> at_work;
    std::map<std::string, std::set<unsigned>> by_key;
    for (const auto& event : group.handled) {
      at_work.insert(event.member);
      if (event.position > 100) by_key[event.key].insert(event.member);
    }
    CHECK(at_work.size() == 3);
    for (const auto& [key, members] : by_key) CHECK(members.size() == 1);
    std::multiset<int> shares;
    for (const auto& [owner, lanes] : group.lanes_by_owner()) shares.insert(lanes);
    CHECK(shares == std::multiset<int>{2, 3, 3});
  }

  TEST_CASE("lanes are handed over without a repeated event") {
    Group group;
    group.join();
    group.add_events(100);
    group.run(0);
    group.join();
    for (int round = 0; round < 10; ++round) {
      group.add_events(10);
      group.pass(std::chrono::seconds(1), {0, 1});
    }
    CHECK(group.lanes_by_owner().size() == 2);
    group.add_events(10);
    group.run(0);
    group.members[0]->stop();
    group.pass(std::chrono::seconds(3), {1});
    CHECK(group.lanes_by_owner().size() == 1);
    group.check_once();
    group.members[1]->stop();
    CHECK(group.view().members.empty());
    CHECK(group.view().lowest == Position(group.stored));
    group.join();
    group.add_events(3);
    group.run(2);
    group.check_once();
  }

  TEST_CASE("a dead member's lanes are taken over after the lease from the noted place") {
    Group group;
    group.join(2);
    group.pass(std::chrono::seconds(4), {0, 1});
    group.add_events(60);
    group.pass(std::chrono::seconds(2), {0, 1});
    const auto noted = group.view().lowest;
    group.add_events(40);
    group.run_all({0, 1});  // handled, and not noted by the first
    const auto epochs = group.view().lanes;
    group.pass(lease - std::chrono::seconds(2), {1});
    CHECK(group.lanes_by_owner().size() == 2);
    group.pass(std::chrono::seconds(4), {1});
    CHECK(group.lanes_by_owner().size() == 1);
    group.check_all_in_order();
    int repeated = 0;
    for (const auto& [position, times] : group.times()) {
      if (times == 1) continue;
      ++repeated;
      CHECK(Position(position) > noted);
    }
    CHECK(repeated > 0);
    CHECK(repeated < 40);
    int grown = 0;
    for (std::size_t lane = 0; lane < epochs.size(); ++lane) {
      grown += group.view().lanes[lane].epoch > epochs[lane].epoch ? 1 : 0;
    }
    CHECK(grown == 4);
  }

  TEST_CASE("a member that was taken for dead handles nothing of what it lost") {
    Group group;
    group.join(2);
    group.pass(std::chrono::seconds(4), {0, 1});
    group.pass(lease + std::chrono::seconds(2), {1});
    group.add_events(50);
    group.run(1);
    const auto before = group.handled.size();
    CHECK(before == 50);
    group.members[0]->step();
    CHECK(group.handled.size() == before);
    group.pass(std::chrono::seconds(4), {0, 1});
    CHECK(group.lanes_by_owner().size() == 2);
    group.add_events(50);
    group.pass(std::chrono::seconds(1), {0, 1});
    group.check_once();
  }

  TEST_CASE("a member that handles slowly says meanwhile that it lives") {
    Group group;
    group.handling_takes = std::chrono::seconds(2);
    group.join(2);
    group.run_all({0, 1});
    group.add_events(30);
    for (int steps = 0; steps < 200; ++steps) {
      group.members[0]->step();
      group.members[1]->step();
    }
    group.check_once();
    CHECK(group.view().members.size() == 2);
  }

  TEST_CASE("an event that fails holds its key back and no other") {
    Group group;
    group.options.retry = {.attempts = 3, .first = std::chrono::seconds(2), .jitter_percent = 0};
    group.join();
    group.bad = {3};
    group.add_events(12, 5);  // keys 1 2 3 4 0 in turn
    group.run(0);
    CHECK(group.handled.size() == 10);
    CHECK(group.members[0]->report().parked == 0);
    group.clock.advance(std::chrono::seconds(1));
    group.run(0);
    CHECK(group.handled.size() == 10);
    group.bad.clear();
    group.clock.advance(std::chrono::seconds(1));
    group.run(0);
    group.check_once();
    const auto again = std::ranges::find(group.handled, 3U, &Handled::position);
    CHECK(again->turn.attempt == 2);
    group.pass(std::chrono::seconds(1), {0});
    CHECK(group.view().parked.empty());
    CHECK(group.view().lowest == Position(12));
  }

  TEST_CASE("what keeps failing waits for a person") {
    Group group;
    group.options.retry = {.attempts = 2, .first = std::chrono::seconds(1)};
    group.join();
    group.bad = {3, 8};
    group.add_events(20, 5);
    group.pass(std::chrono::seconds(5), {0});
    ConsumerGroupDesk desk(*group.log);
    CHECK(desk.list() == std::vector<std::string>{"billing"});
    REQUIRE(group.view().parked.size() == 1);
    const auto waiting = group.view().parked[0];
    CHECK(waiting.key == "thing-3");
    CHECK(waiting.failed == Position(3));
    CHECK(waiting.attempts == 2);
    CHECK(waiting.reason == "cannot take it");
    CHECK(waiting.for_person);
    CHECK(group.view().lowest == Position(2));
    CHECK(group.handled.size() == 16);

    CHECK_FALSE(desk.drop("billing", "thing-3", Position(8), "no"));
    CHECK_FALSE(desk.retry("billing", "thing-4"));
    CHECK_FALSE(desk.retry("other", "thing-3"));
    CHECK(desk.drop("billing", "thing-3", Position(3), "a test event"));
    group.pass(std::chrono::seconds(5), {0});
    CHECK(group.view().parked[0].failed == Position(8));
    CHECK(group.handled.size() == 16);
    group.bad.clear();
    CHECK(desk.retry("billing", "thing-3"));
    group.pass(std::chrono::seconds(5), {0});
    CHECK(group.handled.size() == 19);
    CHECK(group.view().parked.empty());
    CHECK(group.view().dropped.size() == 1);
    CHECK(group.view().dropped[0].reason == "a test event");
    CHECK(group.view().lowest == Position(20));
  }

  TEST_CASE("a parked key outlives its member") {
    Group group;
    group.options.retry = {.attempts = 1};
    group.join(2);
    group.run_all({0, 1});
    group.bad = {3};
    group.add_events(40, 5);
    group.pass(std::chrono::seconds(4), {0, 1});
    group.bad.clear();
    CHECK(group.handled.size() == 32);
    for (auto& member : group.members) member->stop();
    group.join();
    group.run(2);
    CHECK(group.handled.size() == 32);
    ConsumerGroupDesk(*group.log).retry("billing", "thing-3");
    group.pass(std::chrono::seconds(4), {2});
    group.check_once();
  }

  TEST_CASE("more parked keys than allowed stop the group until there is room") {
    Group group;
    group.options.retry = {.attempts = 1};
    group.options.parked_keys_max = 2;
    group.join();
    group.bad = {1, 2, 3};
    group.add_events(10);
    CHECK(failure_code([&] { group.run(0); }) == "group.parking_full");
    CHECK(group.handled.empty());
    group.bad = {1, 2};
    group.run(0);
    CHECK(group.handled.size() == 8);
  }

  TEST_CASE("a failure of the world counts against no event") {
    Group group;
    bool down = true;
    std::uint64_t handled = 0;
    ConsumerGroupWorker member(
        *group.log, group.options,
        [&](const EventView&, const GroupTurn&) {
          if (down && handled == 2) {
            throw Failure({.code = "test.down", .message = "down", .retryable = true});
          }
          ++handled;
        },
        group.clock, group.random);
    group.add_events(5);
    CHECK(failure_code([&] { member.step(); }) == "test.down");
    CHECK(failure_code([&] { member.step(); }) == "test.down");
    CHECK(handled == 2);
    down = false;
    member.step();
    CHECK(handled == 5);
  }

  TEST_CASE("nothing takes events from the log that the group has not handled") {
    Group group;
    group.join();
    group.run(0);
    group.add_events(10, 1);
    const auto gone = store::LifeCycleChange{
        .what = store::TruncateStream{.stream = StreamId("thing", "0"), .before = StreamVersion(6)},
        .who = "test"};
    const auto refused = group.log->change(gone);
    REQUIRE_FALSE(refused.has_value());
    const auto* behind = std::get_if<store::ConsumerBehind>(&refused.error());
    REQUIRE(behind != nullptr);
    CHECK(behind->consumer == "group billing");
    group.pass(std::chrono::seconds(7), {0});
    CHECK(group.log->change(gone).has_value());
  }

  TEST_CASE("a group begins where it is told and reads what it is told") {
    Group group;
    group.options.events = {.from = Position(4), .category = "thing", .limit = 2};
    group.options.key = [](const EventView&) { return std::string("one key"); };
    group.add_events(10);
    group.join();
    group.run(0);
    std::vector<std::uint64_t> positions;
    for (const auto& event : group.handled) positions.push_back(event.position);
    CHECK(positions == std::vector<std::uint64_t>{4, 5, 6, 7, 8, 9, 10});
    group.options.lanes = 3;  // of a group that is there already: no matter
    group.join();
    group.run(1);
    CHECK(group.view().lanes.size() == 8);
  }

  TEST_CASE("more members than lanes stand by") {
    Group group;
    group.options.lanes = 1;
    group.join(2);
    group.run_all({0, 1});
    group.add_events(5);
    group.run_all({1, 0});
    group.check_once();
    const auto standby = static_cast<unsigned>(
        group.members[0]->report().state == runtime::WorkerState::standby ? 0 : 1);
    CHECK(group.members[1 - standby]->report().state == runtime::WorkerState::running);
    group.members[1 - standby]->stop();
    group.add_events(5);
    group.pass(std::chrono::seconds(4), {standby});
    group.check_once();
  }

  TEST_CASE("options and records that cannot be are refused") {
    Group group;
    const auto code_with = [&](auto change) {
      auto options = group.options;
      change(options);
      return failure_code([&] {
        ConsumerGroupWorker(
            *group.log, options, [](const EventView&, const GroupTurn&) {}, group.clock,
            group.random)
            .step();
      });
    };
    CHECK(code_with([](auto& options) { options.name = ""; }) == "group.bad_options");
    CHECK(code_with([](auto& options) { options.name = "a b"; }) == "group.bad_options");
    CHECK(code_with([](auto& options) { options.lanes = 0; }) == "group.bad_options");
    CHECK(code_with([](auto& options) { options.lanes = 257; }) == "group.bad_options");
    CHECK(code_with([](auto& options) { options.lease = Micros(1); }) == "group.bad_options");
    CHECK(code_with([](auto& options) { options.parked_keys_max = 0; }) == "group.bad_options");
    CHECK(code_with([](auto& options) { options.checkpoint_interval = lease; }) ==
          "group.bad_options");
    CHECK(code_with([](auto& options) { options.events.direction = store::Direction::backward; }) ==
          "group.bad_options");
    group.add_events(1);
    CHECK(code_with([](auto& options) {
            options.name = "long";
            options.key = [](const EventView&) { return std::string(251, 'k'); };
          }) == "group.bad_key");
    group.log->set_property("group.billing", "nonsense");
    CHECK(code_with([](auto&) {}) == "group.corrupt");
    group.log->set_property("group.billing", std::string("\x08\x02\x12\x00", 4));
    CHECK(code_with([](auto&) {}) == "group.newer_format");
    CHECK_FALSE(ConsumerGroupDesk(*group.log).show("nobody").has_value());
  }

  TEST_CASE("members that come and go and freeze and die lose nothing and keep the order") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      Group group;
      SeededRandom draw(seed);
      group.options.lanes = 1 + static_cast<std::uint32_t>(draw.next() % 9);
      group.options.events.limit = 1 + draw.next() % 30;
      group.options.retry = {.attempts = 100, .first = std::chrono::milliseconds(300)};
      std::vector<unsigned> living;
      const auto is_leaving = [&](unsigned at) {
        if (draw.next() % 2 == 0) group.members[living[at]]->stop();
        living.erase(living.begin() + at);
      };
      for (int round = 0; round < 150; ++round) {
        const auto what = draw.next() % 20;
        if (living.empty() || (what == 0 && living.size() < 5)) {
          group.join();
          living.push_back(static_cast<unsigned>(group.members.size() - 1));
        } else if (what == 1) {
          is_leaving(static_cast<unsigned>(draw.next() % living.size()));
          continue;
        } else if (what < 6) {
          group.add_events(draw.next() % 20, 7);
        } else if (what == 6) {
          group.bad = {1 + draw.next() % (group.stored + 1)};
        } else if (what == 7) {
          group.bad.clear();
        } else if (what == 8) {
          group.clock.advance(lease);  // everybody is frozen for so long
        } else {
          group.clock.advance(Micros(draw.next() % 1'000'000));
        }
        group.members[living[draw.next() % living.size()]]->step();
      }
      group.bad.clear();
      if (living.empty()) {
        group.join();
        living.push_back(static_cast<unsigned>(group.members.size() - 1));
      }
      for (int second = 0; second < 40; ++second) {
        group.clock.advance(std::chrono::seconds(1));
        for (const auto member : living) group.run(member);
      }
      group.check_all_in_order();
      CHECK(group.view().lowest == Position(group.stored));
      CHECK(group.view().parked.empty());
    }
  }

  TEST_CASE("members on threads of their own share a log that is written to") {
    constexpr std::uint64_t events = 600;
    const SystemClock clock;
    SeededRandom random(5);
    const auto log = open_log(clock, random);
    std::mutex mutex;
    std::map<std::string, std::vector<std::uint64_t>> by_key;  // guarded by mutex
    std::atomic<std::uint64_t> handled{0};
    std::vector<std::jthread> threads;
    for (std::uint64_t number = 0; number < 4; ++number) {
      threads.emplace_back([&, number] {
        SeededRandom draws(number);
        ConsumerGroupWorker member(
            *log, {.name = "threads", .checkpoint_interval = std::chrono::milliseconds(5)},
            [&](const EventView& event, const GroupTurn&) {
              const std::lock_guard lock(mutex);
              by_key[std::string(event.metadata.stream)].push_back(event.metadata.version.value());
              ++handled;
            },
            clock, draws);
        while (handled < events) {
          if (member.step().did != runtime::Step::Did::work) std::this_thread::yield();
        }
        member.stop();
      });
    }
    for (std::uint64_t number = 1; number <= events; ++number) {
      append(*log, number, std::to_string(number % 17));
    }
    threads.clear();
    CHECK(handled == events);
    for (const auto& [key, versions] : by_key) {
      CHECK(std::ranges::is_sorted(versions));
      CHECK(versions.front() == 1);
      CHECK(versions.back() == versions.size());
    }
  }
}

}  // namespace
