#include <doctest/doctest.h>

#include <array>
#include <cstdlib>

#include "faulty_broker.hpp"
#include "world.hpp"

using namespace tidemark;
using namespace tidemark::relay_test;

namespace {

/// One seed, or those from 1 to `count`: RELAY_SEED=7 runs the seventh alone.
std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t count) {
  const auto* const seed = std::getenv("RELAY_SEED");
  if (seed == nullptr) return {1, count};
  return {std::stoull(seed), std::stoull(seed)};
}

/// Short times, so that failures and take-overs alternate quickly.
void hurry(World& world) {
  world.options.transaction_events_max = 7;
  world.options.lease = std::chrono::seconds(1);
  world.options.retry.max = std::chrono::seconds(1);
  world.options.progress_events_max = 5;
}

void append_mixture(World& world, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    static constexpr const char* categories[] = {"campaign", "account", "saga.billing"};
    world.append(categories[world.random.below(3)], 1);
  }
}

Fault random_fault(Random& random, Verb verb) {
  switch (random.below(60)) {
    case 0:
      return Fault::abortable;
    case 1:
      return Fault::fatal;
    case 2:
      return verb == Verb::send ? Fault::none : Fault::fatal_after;
    case 3:
    case 4:
    case 5:
      return Fault::pending;
    default:
      return Fault::none;
  }
}

}  // namespace

TEST_SUITE("relay/crashes") {
  TEST_CASE("a relay that is killed after any number of steps loses and repeats nothing") {
    int steps_to_the_end = 0;
    for (int kill_after = 1; kill_after <= 60; ++kill_after) {
      CAPTURE(kill_after);
      World world;
      hurry(world);
      append_mixture(world, 40);
      auto worker = world.relay();
      for (int steps = 0; steps < kill_after; ++steps) world.step(*worker);
      if (worker->report().done == 40) ++steps_to_the_end;
      worker.reset();
      append_mixture(world, 5);
      worker = world.relay();
      world.run(*worker);
      world.check_complete();
    }
    CHECK_MESSAGE(steps_to_the_end > 0, "the kills must reach from the first step to the last");
  }

  TEST_CASE("a relay that is killed again and again gets everything out in the end") {
    World world;
    hurry(world);
    append_mixture(world, 200);
    for (int lives = 0; lives < 300; ++lives) {
      auto worker = world.relay();
      for (auto steps = world.random.below(25); steps > 0; --steps) world.step(*worker);
      if (world.random.below(2) == 0) worker->stop();
    }
    const auto worker = world.relay();
    world.run(*worker);
    world.check_complete();
  }

  TEST_CASE("what the producer fails with, at whatever moment, loses and repeats nothing") {
    const auto [first, last] = seeds(60);
    for (auto seed = first; seed <= last; ++seed) {
      CAPTURE(seed);
      World world(seed);
      hurry(world);
      FaultyBroker broker(*world.loopback);
      broker.plan = [&](Verb verb) { return random_fault(world.random, verb); };
      world.broker = &broker;
      auto worker = world.relay();
      for (int turns = 0; turns < 1500; ++turns) {
        world.step(*worker);
        const auto dice = world.random.below(200);
        if (dice < 20) append_mixture(world, 1 + world.random.below(10));
        if (dice == 20) world.loopback->set_down(true);
        if (dice == 21 || dice == 22) world.loopback->set_down(false);
        if (dice == 23) worker = world.relay();
        if (dice == 24) world.clock.advance(std::chrono::seconds(70));
      }
      broker.plan = [](Verb) { return Fault::none; };
      world.loopback->set_down(false);
      world.run(*worker);
      world.check_complete();
    }
  }

  TEST_CASE("relays that sleep, die and take over from each other lose and repeat nothing") {
    const auto [first, last] = seeds(40);
    for (auto seed = first; seed <= last; ++seed) {
      CAPTURE(seed);
      World world(seed);
      hurry(world);
      FaultyBroker broker(*world.loopback);
      broker.plan = [&](Verb verb) { return random_fault(world.random, verb); };
      world.broker = &broker;
      // Time stands still for a relay that is not stepped, as for a machine that is suspended.
      std::array<ManualClock, 3> clocks{ManualClock(world.clock.now()),
                                        ManualClock(world.clock.now()),
                                        ManualClock(world.clock.now())};
      std::array<std::unique_ptr<relay::RelayWorker>, 3> relays;
      std::size_t awake = 0;
      for (int turns = 0; turns < 1500; ++turns) {
        if (!relays[awake]) relays[awake] = world.relay(&clocks[awake]);
        const auto waits = relays[awake]->step().wake_after.value_or(Micros(100));
        clocks[awake].advance(waits);
        world.clock.advance(waits);
        const auto dice = world.random.below(100);
        if (dice < 10) append_mixture(world, 1 + world.random.below(10));
        if (dice >= 10 && dice < 20) awake = world.random.below(3);
        if (dice == 20) relays[world.random.below(3)].reset();
        if (dice == 21) world.clock.advance(std::chrono::seconds(70));
      }
      broker.plan = [](Verb) { return Fault::none; };
      for (auto& relay : relays) relay.reset();
      const auto worker = world.relay();
      world.run(*worker);
      world.check_complete();
    }
  }

  TEST_CASE("a commit whose outcome is unknown is settled by reading the progress again") {
    for (const auto fault : {Fault::fatal, Fault::fatal_after}) {
      World world;
      FaultyBroker broker(*world.loopback);
      world.broker = &broker;
      int commits = 0;
      broker.plan = [&](Verb verb) {
        return verb == Verb::commit && commits++ == 0 ? fault : Fault::none;
      };
      const auto worker = world.relay();
      world.append("campaign", 10);
      world.run(*worker);
      world.check_complete();
      CHECK(broker.committed.size() == (fault == Fault::fatal ? 1 : 0));
    }
  }
}
