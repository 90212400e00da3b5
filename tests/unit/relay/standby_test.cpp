#include <doctest/doctest.h>

#include "tidemark/relay/lease.hpp"
#include "world.hpp"

using namespace tidemark;
using namespace tidemark::relay_test;
using runtime::WorkerState;

TEST_SUITE("relay/standby") {
  TEST_CASE("of two relays on one store one publishes and the other stands by") {
    World world;
    const auto first = world.relay();
    const auto second = world.relay();
    world.append("campaign", 10);
    world.run(*first);
    for (int steps = 0; steps < 500; ++steps) {
      world.step(*first);
      world.step(*second);
    }
    CHECK(first->report().state == WorkerState::running);
    CHECK(second->report().state == WorkerState::standby);
    CHECK_FALSE(second->report().problem);
    CHECK(second->report().done == 10);
    CHECK(world.metrics.render_prometheus().find("tidemark_relay_fenced_total{relay=\"main\"} 0") !=
          std::string::npos);
  }

  TEST_CASE("a relay that stops leaves word of how far it published") {
    World world;
    const auto relay = world.relay();
    world.append("campaign", 10);
    world.run(*relay);
    relay->stop();
    CHECK(relay::Lease::published_by(*world.store, "main") == Position(10));
  }

  TEST_CASE("two relays that start at once settle on one") {
    World world;
    const auto first = world.relay();
    const auto second = world.relay();
    for (int turns = 0; turns < 5000; ++turns) {
      if (turns % 10 == 0) world.append("campaign", 1);
      world.step(world.random.below(2) == 0 ? *first : *second);
    }
    const bool is_first = first->report().state == WorkerState::running;
    CHECK((is_first ? second : first)->report().state == WorkerState::standby);
    world.run(is_first ? *first : *second);
    world.check_complete();
  }

  TEST_CASE("the standby takes over when the lease of a relay that died has run out") {
    World world;
    auto first = world.relay();
    const auto second = world.relay();
    world.append("campaign", 10);
    world.run(*first);
    world.step(*second);
    first.reset();
    world.append("campaign", 5);
    const auto died_at = world.clock.monotonic();
    world.run(*second);
    CHECK(world.clock.monotonic() - died_at >= world.options.lease / 2);
    CHECK(world.clock.monotonic() - died_at <= 2 * world.options.lease);
    world.check_complete();
  }

  TEST_CASE("the standby takes over at once from a relay that was stopped") {
    World world;
    const auto first = world.relay();
    world.append("campaign", 10);
    world.run(*first);
    first->stop();
    const auto second = world.relay();
    const auto stopped_at = world.clock.monotonic();
    world.run(*second);
    CHECK(world.clock.monotonic() - stopped_at < std::chrono::seconds(1));
  }

  TEST_CASE(
      "a relay that slept through a take-over is fenced, stands by and publishes nothing twice") {
    // Its own clock stands still, as a suspended machine's does: only the broker can tell it. From
    // the third step on the broker knows it.
    for (int sleep_after = 3; sleep_after <= 40; ++sleep_after) {
      CAPTURE(sleep_after);
      World world;
      world.options.transaction_events_max = 6;
      ManualClock sleeper_clock(world.clock.now());
      const auto sleeper = world.relay(&sleeper_clock);
      world.append("campaign", 20);
      for (int steps = 0; steps < sleep_after; ++steps) sleeper->step();

      const auto second = world.relay();
      world.run(*second);
      world.append("campaign", 10);
      world.run(*second);

      world.append("campaign", 10);
      for (int steps = 0; steps < 50; ++steps) sleeper->step();
      CHECK(sleeper->report().state == WorkerState::standby);
      world.run(*second);
      world.check_complete();
    }
  }

  TEST_CASE("a relay that slept before it began fences the other, and nothing is published twice") {
    World world;
    ManualClock sleeper_clock(world.clock.now());
    const auto sleeper = world.relay(&sleeper_clock);
    world.append("campaign", 20);
    for (int steps = 0; steps < 2; ++steps) sleeper->step();  // it has the lease
    const auto second = world.relay();
    world.run(*second);
    world.append("campaign", 10);
    for (int steps = 0; steps < 50; ++steps) sleeper->step();
    CHECK(sleeper->report().state == WorkerState::running);
    world.append("campaign", 10);
    world.run(*second);
    world.check_complete();
  }

  TEST_CASE("a relay that wakes up with a clock that went on sees that the lease is another's") {
    World world;
    const auto first = world.relay();
    world.append("campaign", 10);
    world.run(*first);
    world.clock.advance(std::chrono::minutes(5));
    const auto second = world.relay();
    world.run(*second);
    first->step();
    CHECK(first->report().state == WorkerState::standby);
    CHECK(second->report().state == WorkerState::running);
  }

  TEST_CASE("a fenced relay waits for the length of a lease before it tries again") {
    // Whoever fenced it may use a copy of the store, and no lease that could be seen here.
    World world;
    const auto worker = world.relay();
    world.run(*worker);
    const auto intruder = world.loopback->transactional_producer(
        relay::progress_key(world.store->store_id(), "main"), std::chrono::seconds(60));
    while (intruder->init() == kafka::Progress::pending) {
    }
    world.append("campaign", 1);
    world.run_until(*worker, [&] { return worker->report().state == WorkerState::standby; });
    const auto fenced_at = world.clock.monotonic();
    world.run(*worker);
    CHECK(world.clock.monotonic() - fenced_at >= world.options.lease);
    world.check_complete();
  }
}
