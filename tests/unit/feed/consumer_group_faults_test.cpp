#include <doctest/doctest.h>

#include <functional>
#include <utility>

#include "consumer_group_fixture.hpp"
#include "contract/store/forwarding_engine.hpp"
#include "failure_code.hpp"
#include "tidemark/store/copy.hpp"

namespace {

using namespace group_test;
using test::failure_code;

/// A log that takes its time.
class SlowLog final : public store::ForwardingEngine {
 public:
  SlowLog(std::unique_ptr<store::StoreEngine> inner, ManualClock& clock)
      : Forwarding(std::move(inner)), clock_(clock) {}
  store::ReadEnd read(const store::ReadQuery& query, const store::Visitor& visit) override {
    clock_.advance(read_takes);
    if (const auto others = std::exchange(during_read, nullptr)) {
      others();
      during_read = others;
    }
    return inner().read(query, visit);
  }
  std::optional<std::string> property(const std::string& name) override {
    if (const auto meanwhile = std::exchange(before_look, nullptr)) meanwhile();
    return inner().property(name);
  }

  Micros read_takes{0};
  std::function<void()> during_read;  ///< what others do meanwhile
  std::function<void()> before_look;  ///< what happens while the next look at the record takes long

 private:
  ManualClock& clock_;
};

SlowLog& slow_log_of(Group& group) {
  auto slow = std::make_unique<SlowLog>(std::move(group.log), group.clock);
  auto& log = *slow;
  group.log = std::move(slow);
  return log;
}

std::vector<std::uint64_t> epochs_of(const Group& group) {
  std::vector<std::uint64_t> epochs;
  for (const auto& lane : group.view().lanes) epochs.push_back(lane.epoch);
  return epochs;
}

std::set<std::uint64_t> positions_of(const Group& group) {
  std::set<std::uint64_t> positions;
  for (const auto& event : group.handled) positions.insert(event.position);
  return positions;
}

std::unique_ptr<store::StoreEngine> copy_of(store::StoreEngine& log, Group& group) {
  const auto facts = log.facts(false);
  auto copy = store::SqliteStore::open(
      {.file = ":memory:",
       .side_store = false,
       .identity = store::Identity{.store_id = facts.store_id, .created_at = facts.created_at}},
      group.clock, group.random);
  copy_store(log, *copy);
  return copy;
}

/// Puts a backup in the place of the log; the record of the group is the newer one still.
void restore(Group& group, store::StoreEngine& backup) {
  const auto record = group.log->property("group.billing").value();
  group.members.clear();
  group.log = copy_of(backup, group);
  group.log->set_property("group.billing", record);
}

/// A member handles three of five events, and cannot go on then.
void stop_at_the_fourth(Group& group) {
  group.join();
  group.add_events(5, 1);
  group.down = {4};
  CHECK(failure_code([&] { group.run(0); }) == "test.down");
}

TEST_SUITE("feed/consumer_group_faults") {
  TEST_CASE("a member that tries many keys again says meanwhile that it lives") {
    Group group;
    auto& log = slow_log_of(group);
    group.options.retry = {.attempts = 3, .first = std::chrono::seconds(1), .jitter_percent = 0};
    group.options.parked_keys_max = 1000;
    group.join(2);
    group.pass(std::chrono::seconds(4), {0, 1});
    for (std::uint64_t position = 1; position <= 160; ++position) group.bad.insert(position);
    group.add_events(160, 160);
    group.run_all({0, 1});
    const auto epochs = epochs_of(group);
    group.bad.clear();
    group.clock.advance(std::chrono::seconds(1));
    log.read_takes = std::chrono::milliseconds(200);
    log.during_read = [&] { group.members[1]->step(); };
    for (int steps = 0; steps < 200; ++steps) group.members[0]->step();
    group.check_all_in_order();
    CHECK(group.handled.size() == 160);
    CHECK(group.view().members.size() == 2);
    CHECK(epochs_of(group) == epochs);
  }

  TEST_CASE("a look that took long buries nobody") {
    Group group;
    auto& log = slow_log_of(group);
    group.join(2);
    group.pass(std::chrono::seconds(4), {0, 1});
    group.clock.advance(lease / 4);
    group.run_all({0, 1});
    const auto epochs = epochs_of(group);
    group.clock.advance(lease / 4);
    log.before_look = [&] {
      group.clock.advance(lease - lease / 4 - std::chrono::milliseconds(500));
      group.run(1);
    };
    group.run(0);
    group.clock.advance(std::chrono::seconds(3));
    group.run_all({0, 1});
    CHECK(group.view().members.size() == 2);
    CHECK(epochs_of(group) == epochs);
  }

  TEST_CASE("a failure of the world repeats nothing of the key that is tried again") {
    Group group;
    group.options.retry = {.attempts = 3, .first = std::chrono::seconds(1), .jitter_percent = 0};
    group.join();
    group.bad = {1};
    group.add_events(4, 1);
    group.run(0);
    CHECK(group.handled.empty());
    group.bad.clear();
    group.down = {3};
    group.clock.advance(std::chrono::seconds(1));
    CHECK(failure_code([&] { group.run(0); }) == "test.down");
    CHECK(group.handled.size() == 2);
    group.down.clear();
    group.run(0);
    group.check_once();
  }

  TEST_CASE("what was handled before a failure of the world is noted before others take over") {
    Group group;
    stop_at_the_fourth(group);
    CHECK(group.handled.size() == 3);
    group.down.clear();
    group.join();
    group.pass(lease + std::chrono::seconds(5), {1});
    group.check_once();
  }

  TEST_CASE("a member that cannot go on gives its lanes back") {
    Group group;
    group.is_down_for_good = true;
    stop_at_the_fourth(group);
    CHECK(group.view().members.empty());
    group.down.clear();
    group.join();
    group.run(1);
    group.check_once();
  }

  TEST_CASE("members have names of their own and are one consumer of the log") {
    Group group;
    group.join(2);
    group.add_events(3);
    group.run_all({0, 1});
    CHECK(group.members[0]->name() != group.members[1]->name());
    CHECK(group.members[0]->name().starts_with("group billing/"));
    CHECK(group.members[0]->report().name == group.members[0]->name());
    REQUIRE(group.log->consumers().size() == 1);
    CHECK(group.log->consumers()[0].name == "group billing");
  }

  TEST_CASE("a key that is past the event that failed is not dropped back to it") {
    Group group;
    group.options.retry = {.attempts = 3, .first = std::chrono::seconds(1), .jitter_percent = 0};
    group.join();
    group.bad = {1};
    group.add_events(4, 1);
    group.run(0);
    group.bad.clear();
    group.down = {3};
    group.clock.advance(std::chrono::seconds(1));
    CHECK(failure_code([&] { group.run(0); }) == "test.down");
    CHECK_FALSE(ConsumerGroupDesk(*group.log).drop("billing", "thing-0", Position(1), "late"));
    group.down.clear();
    group.pass(std::chrono::seconds(2), {0});
    group.check_once();
    CHECK(group.view().dropped.empty());
  }

  TEST_CASE("a deleted event is not asked for its key") {
    Group group;
    group.options.key = [](const EventView& event) {
      if (event.data.empty()) throw std::runtime_error("there is no key in it");
      return std::string(event.data);
    };
    group.add_events(6, 3);
    REQUIRE(
        group.log
            ->change({.what = store::DeleteStream{.stream = StreamId("thing", "1")}, .who = "test"})
            .has_value());
    group.join();
    group.run(0);
    CHECK(group.handled.size() == 4);
  }

  TEST_CASE("what is thrown and is no exception counts against the event") {
    Group group;
    group.options.retry = {.attempts = 1};
    ConsumerGroupWorker member(
        *group.log, group.options, [](const EventView&, const GroupTurn&) { throw 7; }, group.clock,
        group.random);
    group.add_events(1);
    member.step();
    member.stop();
    REQUIRE(group.view().parked.size() == 1);
    CHECK(group.view().parked[0].reason == "something that is no std::exception");
  }

  TEST_CASE("a retry policy that cannot be is refused") {
    Group group;
    const auto code_with = [&](runtime::RetryPolicy retry) {
      auto options = group.options;
      options.retry = retry;
      return failure_code([&] {
        ConsumerGroupWorker(
            *group.log, options, [](const EventView&, const GroupTurn&) {}, group.clock,
            group.random);
      });
    };
    CHECK(code_with({.attempts = 0}) == "group.bad_options");
    CHECK(code_with({.first = Micros(-1)}) == "group.bad_options");
    CHECK(code_with({.factor = 0}) == "group.bad_options");
    CHECK(code_with({.max = Micros(-1)}) == "group.bad_options");
    CHECK(code_with({.jitter_percent = 101}) == "group.bad_options");
  }

  TEST_CASE("a reason that cannot be kept is refused and the group can be read on") {
    Group group;
    group.options.retry = {.attempts = 1};
    group.join();
    group.bad = {1};
    group.add_events(2, 1);
    group.pass(std::chrono::seconds(3), {0});
    ConsumerGroupDesk desk(*group.log);
    const auto code_of = [&](const std::string& reason) {
      return failure_code([&] { desk.drop("billing", "thing-0", Position(1), reason); });
    };
    CHECK(code_of("\xff") == "group.bad_reason");
    CHECK(code_of(std::string(501, 'r')) == "group.bad_reason");
    CHECK(desk.drop("billing", "thing-0", Position(1), std::string(500, 'r')));
    group.pass(std::chrono::seconds(5), {0});
    CHECK(group.handled.size() == 1);
  }

  TEST_CASE("a group that is ahead of a restored log stops and can be sent back") {
    Group group;
    group.options.retry = {.attempts = 1};
    group.add_events(10);
    const auto backup = copy_of(*group.log, group);
    group.add_events(10);
    group.bad = {4, 15};
    group.join();
    group.pass(std::chrono::seconds(2), {0});
    REQUIRE(group.view().origin.has_value());
    CHECK(store::has_origin(*group.log, *group.view().origin));
    restore(group, *backup);
    group.join();
    CHECK(failure_code([&] { group.run(0); }) == "store.diverged");
    group.stored = 100;  // other events than those that are lost
    group.add_events(10);
    CHECK(failure_code([&] { group.run(0); }) == "store.diverged");
    CHECK_FALSE(store::has_origin(*group.log, *group.view().origin));

    group.handled.clear();
    group.bad.clear();
    ConsumerGroupDesk desk(*group.log);
    CHECK_FALSE(desk.rewind("other", Position(10)));
    CHECK(desk.rewind("billing", Position(10)));
    group.pass(lease + std::chrono::seconds(5), {0});
    auto expected = std::set<std::uint64_t>{11, 12, 13, 15, 16, 17, 18, 19, 20};
    CHECK(positions_of(group) == expected);  // 14 has the key that waits
    REQUIRE(group.view().parked.size() == 1);
    CHECK(group.view().parked[0].failed == Position(4));
    CHECK(desk.retry("billing", group.view().parked[0].key));
    group.pass(std::chrono::seconds(5), {0});
    expected.insert({4, 14});
    CHECK(positions_of(group) == expected);
    CHECK(group.handled.size() == expected.size());
    CHECK(group.view().lowest == Position(20));
  }

  TEST_CASE("a group that is at work goes back when it is sent") {
    Group group;
    group.join(2);
    group.add_events(10);
    group.pass(std::chrono::seconds(4), {0, 1});
    group.check_once();
    group.handled.clear();
    CHECK(ConsumerGroupDesk(*group.log).rewind("billing", Position()));
    group.pass(std::chrono::seconds(4), {0, 1});
    group.check_once();
    CHECK(ConsumerGroupDesk(*group.log).rewind("billing", Position(99)));
    CHECK(group.view().lowest == Position(10));
  }

  TEST_CASE("what a group is sent back to is not taken from it before a member is there") {
    Group group;
    group.join();
    group.add_events(10);
    group.pass(std::chrono::seconds(10), {0});
    group.members[0]->stop();
    const auto registered = [&] { return group.log->consumers().at(0).checkpoint.position; };
    REQUIRE(registered() == Position(10));
    ConsumerGroupDesk desk(*group.log);
    CHECK(desk.rewind("billing", Position(10)));
    CHECK(registered() == Position(10));
    CHECK(desk.rewind("billing", Position(4)));
    CHECK(registered() == Position(4));
    const auto refused = group.log->change(
        {.what = store::DeleteStream{.stream = StreamId("thing", "5")}, .who = "ann"});
    REQUIRE_FALSE(refused.has_value());
    CHECK(std::holds_alternative<store::ConsumerBehind>(refused.error()));
  }
}

}  // namespace
