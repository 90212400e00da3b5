#include <doctest/doctest.h>

#include <tidemark/command/dispatcher.hpp>
#include <tidemark/feed/consumer_group.hpp>
#include <tidemark/testing/simulation.hpp>

#include "counter.hpp"

using counter::v1::add;
using State = tidemark::command::DelayedCommand::State;
using std::chrono::hours;
using tidemark::testing::Simulation;

namespace {

constexpr std::uint64_t seeds = 30;
constexpr std::uint64_t restart_one_in = 150;  ///< a rest is a hundred idle steps in a row

tidemark::Wiring counting() {
  return tidemark::Wiring("counting").aggregates<counter::v1::Counter>();
}

// [worker]
/// A member of a group: an hour after each event of counter "a", it adds one to counter "b".
std::unique_ptr<tidemark::runtime::Worker> echo(const tidemark::WorkerGround& ground) {
  return std::make_unique<tidemark::feed::ConsumerGroupWorker>(
      ground.store,
      tidemark::feed::ConsumerGroupOptions{.name = "echo", .events = {.category = "counter"}},
      [&dispatcher = ground.dispatcher, &clock = ground.clock](const tidemark::EventView& event,
                                                               const auto&) {
        if (event.metadata.stream != "counter-a") return;
        // Its id is the event's: should the event come again, it is scheduled already.
        const tidemark::CommandId id(event.metadata.event_id.uuid());
        if (!dispatcher.schedule(add("b", 1), clock.now() + hours(1), {.id = id})) {
          throw std::runtime_error("not scheduled");
        }
      },
      ground.machine, ground.random);
}

tidemark::Wiring echoing() {
  return tidemark::Wiring("echoing").aggregates<counter::v1::Counter>().worker(&echo);
}
// [/worker]

}  // namespace

TEST_SUITE("simulation/delayed") {
  TEST_CASE("a worker of one's own shares the log and schedules commands across restarts") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      CAPTURE(seed);
      Simulation simulation(echoing(), seed, {.restart_one_in = restart_one_in});
      for (int n = 0; n < 5; ++n) simulation.send(add("a", 1));
      simulation.settle();
      const tidemark::StreamId echoed("counter", "b");
      CHECK(simulation.store().stream_version(echoed).value() == 0);
      simulation.advance(hours(2));
      CHECK(simulation.store().stream_version(echoed).value() == 5);
      CHECK(simulation.restarts() > 0);
    }
  }

  TEST_CASE("delayed commands run once at their time or never when cancelled across restarts") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      CAPTURE(seed);
      Simulation simulation(counting(), seed, {.restart_one_in = restart_one_in});
      const auto start = simulation.clock().now();
      std::vector<tidemark::CommandId> ids;
      for (int n = 1; n <= 6; ++n) {
        ids.push_back(simulation.schedule(add("c" + std::to_string(n % 2), n), start + hours(n)));
      }
      simulation.settle();
      REQUIRE(simulation.dispatcher().cancel(ids[3]));
      simulation.advance(hours(3));
      CHECK(simulation.store().stream_version(tidemark::StreamId("counter", "c1")).value() == 2);
      CHECK(simulation.store().stream_version(tidemark::StreamId("counter", "c0")).value() == 1);
      simulation.advance(hours(4));
      std::vector<tidemark::UtcTime> times;
      simulation.store().read({.category = "counter"}, [&](const tidemark::EventView& event) {
        times.push_back(event.metadata.event_time);
        return true;
      });
      REQUIRE(times.size() == 5);
      // Each at its hour, the fourth left out, and never before.
      constexpr int expected[] = {1, 2, 3, 5, 6};
      for (std::size_t n = 0; n < times.size(); ++n) {
        CHECK(times[n] >= start + hours(expected[n]));
        CHECK(times[n] < start + hours(expected[n]) + std::chrono::minutes(10));
      }
      CHECK(simulation.dispatcher().find_delayed(ids[0])->state == State::done);
      CHECK(simulation.dispatcher().find_delayed(ids[3])->state == State::cancelled);
      CHECK(simulation.restarts() > 0);
    }
  }
}
