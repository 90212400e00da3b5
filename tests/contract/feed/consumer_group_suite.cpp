#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "contract/store/forwarding_engine.hpp"
#include "contract/store/stores.hpp"
#include "unit/feed/consumer_group_fixture.hpp"

namespace tidemark::store {
namespace {

/// Members of one group in two processes: two stores that are opened on one log.

using namespace std::chrono_literals;
using group_test::Group;
using group_test::lease;

/// Says now and then of a change that it did not come about, as one that lost its connection.
class LosesAnswers final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  bool change_property(const std::string& name, const std::optional<std::string>& expected,
                       const std::string& value) override {
    return inner().change_property(name, expected, value) && ++changes_ % 3 != 0;
  }

 private:
  int changes_ = 0;
};

/// Four members by two ways to one log.
struct TwoProcesses {
  TwoProcesses(std::unique_ptr<StoreEngine> here, std::unique_ptr<StoreEngine> there)
      : other(std::move(there)) {
    group.log = std::move(here);
    for (auto* store : {group.log.get(), other.get()}) {
      group.join_by(*store);
      group.join_by(*store);
    }
  }
  std::unique_ptr<StoreEngine> other;
  Group group;
};

/// Shares events among four members, of which one dies then with what it has not noted. What may
/// come again lies behind the answer.
Position share_and_die(Group& group) {
  for (int round = 0; round < 8; ++round) {
    group.add_events(25);
    group.pass(1s, {0, 1, 2, 3});
  }
  CHECK(group.view().members.size() == 4);
  CHECK(group.lanes_by_owner().size() == 4);
  const auto noted = group.view().lowest;
  group.add_events(40);
  group.run_all({0, 1, 2, 3});
  group.members[2].reset();
  group.add_events(40);
  group.pass(lease + 4s, {0, 1, 3});
  CHECK(group.view().members.size() == 3);
  CHECK(group.lanes_by_owner().size() == 3);
  group.add_events(40);
  group.pass(2s, {3, 1, 0});
  group.check_all_in_order();
  CHECK(group.view().lowest == Position(group.stored));
  return noted;
}

TEST_SUITE("feed/consumer_group_processes") {
  TEST_CASE_TEMPLATE_DEFINE("members of two processes share the events, also when one dies", Place,
                            two_processes) {
    Place place;
    TwoProcesses processes(place.open(), place.open());
    auto& group = processes.group;
    const auto noted = share_and_die(group);
    CHECK(noted > Position(150));
    std::set<unsigned> at_work;
    for (const auto& event : group.handled) at_work.insert(event.member);
    CHECK(at_work.size() == 4);
    for (const auto& [position, times] : group.times()) {
      if (times == 1) continue;
      CHECK(times == 2);
      CHECK(Position(position) > noted);
      CHECK(position <= 240);
    }
  }
  TEST_CASE_TEMPLATE_APPLY(two_processes, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("answers that get lost make members leave no event out", Place,
                            lost_answers) {
    Place place;
    TwoProcesses processes(std::make_unique<LosesAnswers>(place.open()),
                           std::make_unique<LosesAnswers>(place.open()));
    share_and_die(processes.group);
  }
  TEST_CASE_TEMPLATE_APPLY(lost_answers, SharedStores);

  TEST_CASE_TEMPLATE_DEFINE("members that work at the same time handle each event once", Place,
                            same_time) {
    Place place;
    TwoProcesses processes(place.open(), place.open());
    auto& group = processes.group;
    std::atomic<bool> stop{false};
    std::array<std::atomic<int>, 4> steps{};
    std::vector<std::thread> threads;
    for (std::size_t member = 0; member < steps.size(); ++member) {
      threads.emplace_back([&, member] {
        for (; !stop; ++steps[member]) group.members[member]->step();
      });
    }
    const auto let_all_step = [&](int times) {
      for (const auto& count : steps) {
        for (const auto wanted = count + times; count < wanted;) std::this_thread::yield();
      }
    };
    for (int round = 0; round < 60; ++round) {
      if (round < 40) group.add_events(10);
      group.clock.advance(100ms);  // nobody is taken for dead: all step meanwhile
      let_all_step(3);
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    group.pass(2s, {0, 1, 2, 3});
    CHECK(group.lanes_by_owner().size() == 4);
    group.check_once();
  }
  TEST_CASE_TEMPLATE_APPLY(same_time, SharedStores);
}

}  // namespace
}  // namespace tidemark::store
