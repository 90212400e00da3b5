#include "tidemark/runtime/health_monitor.hpp"

#include <doctest/doctest.h>

using namespace tidemark::runtime;
using std::chrono::seconds;
using tidemark::Micros;
using tidemark::Problem;
using tidemark::observe::HealthState;

namespace {

WorkerReport at(std::uint64_t done, std::uint64_t tail) {
  return {.name = "feed", .state = WorkerState::running, .done = done, .tail = tail};
}

WorkerReport in_state(WorkerState state) {
  return {.name = "feed", .state = state, .done = 3, .tail = 10};
}

struct Watch {
  HealthMonitor monitor{{.interval = seconds(15)}};
  WorkerVerdict see(Micros now, const WorkerReport& report) {
    return monitor.observe(now, {report}).at(0);
  }
};

}  // namespace

TEST_SUITE("runtime/health_monitor") {
  TEST_CASE_FIXTURE(Watch, "a worker that stopped while its tail moves is failed in one interval") {
    CHECK(see(seconds(0), at(5, 10)).state == HealthState::ok);
    CHECK(see(seconds(5), at(7, 20)).state == HealthState::ok);
    CHECK(see(seconds(19), at(7, 30)).state == HealthState::ok);
    auto report = at(7, 40);
    report.at = "campaign SpendRecorded 8";
    const auto verdict = see(seconds(20), report);
    CHECK(verdict.state == HealthState::failed);
    CHECK(verdict.lag == 33);
    REQUIRE(verdict.problem.has_value());
    CHECK(verdict.problem->code == "worker.stuck");
    CHECK(verdict.problem->field == "feed");
    CHECK(verdict.problem->message ==
          "no progress for 15s at 7, 33 behind 40, working on campaign SpendRecorded 8");
    CHECK_FALSE(verdict.problem->hint.empty());
  }

  TEST_CASE_FIXTURE(Watch, "what hinders a stuck worker is said with it") {
    auto report = at(7, 9);
    report.problem = Problem{.code = "kafka.down", .message = "no broker", .hint = "start it"};
    see(seconds(0), report);
    const auto verdict = see(seconds(15), report);
    CHECK(verdict.state == HealthState::failed);
    CHECK(verdict.text == "no progress for 15s at 7, 2 behind 9: kafka.down: no broker");
    CHECK(verdict.problem->hint == "start it");
  }

  TEST_CASE_FIXTURE(Watch, "a stuck worker that moves again is well again") {
    see(seconds(0), at(5, 10));
    CHECK(see(seconds(15), at(5, 10)).state == HealthState::failed);
    CHECK(see(seconds(16), at(6, 10)).state == HealthState::ok);
    CHECK(see(seconds(30), at(6, 10)).state == HealthState::ok);
    CHECK(see(seconds(31), at(6, 10)).state == HealthState::failed);
  }

  TEST_CASE_FIXTURE(Watch, "a worker that is up to date may rest for ever") {
    see(seconds(0), at(5, 5));
    const auto verdict = see(seconds(3600), at(5, 5));
    CHECK(verdict.state == HealthState::ok);
    CHECK(verdict.text == "up to date at 5");
  }

  TEST_CASE_FIXTURE(Watch,
                    "an event that came since the last look has its time, however rare looks are") {
    see(seconds(0), at(5, 5));
    CHECK(see(seconds(15), at(5, 6)).state == HealthState::ok);
    CHECK(see(seconds(30), at(5, 6)).state == HealthState::failed);
  }

  TEST_CASE_FIXTURE(Watch, "a checkpoint that goes back is movement") {
    see(seconds(0), at(5, 10));
    CHECK(see(seconds(15), at(0, 10)).state == HealthState::ok);
  }

  TEST_CASE_FIXTURE(Watch, "a worker that never gets beyond starting is stuck too") {
    see(seconds(0), in_state(WorkerState::starting));
    CHECK(see(seconds(15), in_state(WorkerState::starting)).state == HealthState::failed);
  }

  TEST_CASE_FIXTURE(Watch, "a failed worker is failed at once, for the reason it gives") {
    auto report = in_state(WorkerState::failed);
    CHECK(see(seconds(0), report).problem->code == "worker.failed");
    report.problem = Problem{.code = "store.diverged", .message = "another log", .hint = "rewind"};
    const auto verdict = see(seconds(1), report);
    CHECK(verdict.state == HealthState::failed);
    CHECK(verdict.problem->code == "store.diverged");
    CHECK(verdict.text == "another log; at 3, 7 behind 10");
  }

  TEST_CASE_FIXTURE(Watch, "a paused worker is degraded, and has a whole interval once resumed") {
    see(seconds(0), at(3, 10));
    const auto verdict = see(seconds(20), in_state(WorkerState::paused));
    CHECK(verdict.state == HealthState::degraded);
    CHECK(verdict.problem->code == "worker.paused");
    CHECK(see(seconds(30), at(3, 10)).state == HealthState::ok);
    CHECK(see(seconds(34), at(3, 10)).state == HealthState::ok);
    CHECK(see(seconds(35), at(3, 10)).state == HealthState::failed);
  }

  TEST_CASE_FIXTURE(Watch, "who stands by or has finished is not expected to move") {
    for (const auto state : {WorkerState::standby, WorkerState::stopped}) {
      see(seconds(0), in_state(state));
      CHECK(see(seconds(60), in_state(state)).state == HealthState::ok);
    }
    auto standby = in_state(WorkerState::standby);
    standby.problem = Problem{.code = "relay.leased", .message = "another leads", .hint = ""};
    CHECK(see(seconds(61), standby).state == HealthState::ok);
  }

  TEST_CASE_FIXTURE(Watch, "a worker that moves on with a problem or parked items is degraded") {
    auto report = at(5, 10);
    report.parked = 2;
    CHECK(see(seconds(0), report).problem->code == "worker.parked");
    report.problem = Problem{.code = "kafka.slow", .message = "slow", .hint = "wait"};
    report.done = 6;
    const auto verdict = see(seconds(1), report);
    CHECK(verdict.state == HealthState::degraded);
    CHECK(verdict.problem->code == "kafka.slow");
  }

  TEST_CASE("a worker that left and came back starts anew") {
    HealthMonitor monitor;
    monitor.observe(seconds(0), {at(5, 10)});
    CHECK(monitor.observe(seconds(5), {}).empty());
    CHECK(monitor.observe(seconds(20), {at(5, 10)})[0].state == HealthState::ok);
  }

  TEST_CASE("workers are judged one by one, in the order of their reports") {
    HealthMonitor monitor;
    auto moving = at(1, 10);
    moving.name = "another";
    monitor.observe(seconds(0), {at(5, 10), moving});
    moving.done = 2;
    const auto verdicts = monitor.observe(seconds(15), {at(5, 10), moving});
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0].state == HealthState::failed);
    CHECK(verdicts[1].worker == "another");
    CHECK(verdicts[1].state == HealthState::ok);
  }
}
