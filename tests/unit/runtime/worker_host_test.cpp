#include "tidemark/runtime/worker_host.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <thread>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"

using namespace tidemark::runtime;
using tidemark::Failure;
using tidemark::Micros;

namespace {

constexpr Micros long_enough = std::chrono::seconds(30);

/// A worker whose steps are the test's: `behave` is called with the number of the step, from 1.
class Scripted final : public Worker {
 public:
  Scripted(std::string name, std::function<Step(int)> behave)
      : name_(std::move(name)), behave_(std::move(behave)) {}

  const std::string& name() const override { return name_; }
  Step step() override { return behave_(steps_.fetch_add(1) + 1); }
  WorkerReport report() const override {
    if (report_fails.load()) throw Failure({.code = "test.report", .message = "cannot look"});
    return {.name = name_, .state = WorkerState::running, .done = 3, .tail = 5, .parked = 1};
  }
  void stop() noexcept override { stops_.fetch_add(1); }

  int steps() const { return steps_.load(); }
  int stops() const { return stops_.load(); }

  std::atomic<bool> report_fails{false};

 private:
  const std::string name_;
  const std::function<Step(int)> behave_;
  std::atomic<int> steps_{0};
  std::atomic<int> stops_{0};
};

/// Waits until `condition` holds; false when it still does not after `long_enough`.
bool eventually(const std::function<bool()>& condition) {
  Wakeup never;
  for (int look = 0; look < 30'000; ++look) {
    if (condition()) return true;
    never.wait(never.generation(), std::chrono::milliseconds(1));
  }
  return false;
}

struct Fixture {
  tidemark::SystemClock clock;
  tidemark::SeededRandom random{1};
  Wakeup wakeup;
  std::shared_ptr<tidemark::observe::CapturingSink> lines =
      std::make_shared<tidemark::observe::CapturingSink>();
  tidemark::observe::Metrics metrics;

  WorkerHostServices services() {
    return {.clock = clock,
            .random = random,
            .wakeup = wakeup,
            .log = tidemark::observe::Logger(lines, clock),
            .metrics = metrics};
  }
  /// Retries after a millisecond, and polls so rarely that only a wake-up can explain a step.
  static WorkerHostOptions impatient() {
    return {.poll_interval = long_enough,
            .retry = {.attempts = 4, .first = std::chrono::milliseconds(1), .factor = 1}};
  }
  bool logged(std::string_view event) const { return !lines->lines(event).empty(); }
};

Step throw_failure(bool retryable) {
  throw Failure({.code = "test.broken", .message = "m", .hint = "h", .retryable = retryable});
}

}  // namespace

TEST_SUITE("runtime/worker_host") {
  TEST_CASE_FIXTURE(Fixture, "a worker with work steps again at once, an idle one when woken") {
    Scripted worker("feed a", [](int step) { return step < 5 ? Step::worked(2) : Step::idle(); });
    WorkerHost host(services(), impatient());
    REQUIRE(host.add(worker));
    REQUIRE(eventually([&] { return worker.steps() == 5; }));
    wakeup.notify();
    CHECK(eventually([&] { return worker.steps() == 6; }));
    CHECK(host.drain(long_enough).empty());
    CHECK(worker.stops() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a worker is stepped again after the time it named, also unwoken") {
    Scripted idle("idle", [](int) { return Step::idle_for(std::chrono::milliseconds(1)); });
    Scripted waiting("waiting", [](int) { return Step::wait(std::chrono::milliseconds(1)); });
    WorkerHost host(services(), impatient());
    host.add(idle);
    host.add(waiting);
    CHECK(eventually([&] { return idle.steps() > 2 && waiting.steps() > 2; }));
  }

  TEST_CASE_FIXTURE(Fixture, "an idle worker is polled also when nobody wakes it") {
    Scripted worker("polled", [](int) { return Step::idle(); });
    WorkerHost host(services(), {.poll_interval = std::chrono::milliseconds(1)});
    host.add(worker);
    CHECK(eventually([&] { return worker.steps() > 2; }));
  }

  TEST_CASE_FIXTURE(Fixture, "a worker that waits for something outside ignores wake-ups") {
    Scripted waiting("waiting", [](int) { return Step::wait(long_enough); });
    Scripted idle("idle", [](int) { return Step::idle(); });
    WorkerHost host(services(), impatient());
    host.add(waiting);
    host.add(idle);
    REQUIRE(eventually([&] { return waiting.steps() == 1 && idle.steps() == 1; }));
    wakeup.notify();
    REQUIRE(eventually([&] { return idle.steps() == 2; }));
    CHECK(waiting.steps() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "a finished worker is stopped at once and can be replaced") {
    Scripted first("rebuild", [](int) { return Step::done(); });
    Scripted second("rebuild", [](int) { return Step::idle(); });
    WorkerHost host(services(), impatient());
    host.add(first);
    REQUIRE(eventually([&] { return host.reports()[0].state == WorkerState::stopped; }));
    CHECK(first.stops() == 1);
    CHECK(logged("worker.finished"));
    CHECK(host.add(second));
    CHECK(host.reports().size() == 1);
    CHECK(eventually([&] { return second.steps() == 1; }));
  }

  TEST_CASE_FIXTURE(Fixture, "a retryable failure is retried, reported meanwhile, and forgotten") {
    std::atomic<bool> broken{true};
    Scripted worker("relay", [&](int) { return broken ? throw_failure(true) : Step::idle(); });
    WorkerHost host(services(), {.poll_interval = long_enough,
                                 .retry = {.attempts = RetryPolicy::for_ever,
                                           .first = std::chrono::milliseconds(1),
                                           .factor = 1}});
    host.add(worker);
    REQUIRE(eventually([&] { return worker.steps() > 3; }));
    const auto failing = host.reports()[0];
    CHECK(failing.state == WorkerState::running);
    REQUIRE(failing.problem.has_value());
    CHECK(failing.problem->code == "test.broken");
    CHECK(failing.problem->hint == "h");
    broken = false;
    REQUIRE(eventually([&] { return logged("worker.recovered"); }));
    CHECK(eventually([&] { return !host.reports()[0].problem.has_value(); }));
    CHECK(lines->lines("worker.retrying")[0].field("hint") == "h");
  }

  TEST_CASE_FIXTURE(Fixture, "a failure that is not retryable stops this worker and no other") {
    Scripted broken("broken", [](int) { return throw_failure(false); });
    Scripted healthy("healthy", [](int) { return Step::idle(); });
    WorkerHost host(services(), {.poll_interval = std::chrono::milliseconds(1)});
    host.add(broken);
    host.add(healthy);
    REQUIRE(eventually([&] { return host.reports()[0].state == WorkerState::failed; }));
    const auto steps_then = healthy.steps();
    CHECK(eventually([&] { return healthy.steps() > steps_then + 3; }));
    CHECK(broken.steps() == 1);
    CHECK(host.reports()[0].problem->code == "test.broken");
    CHECK(lines->lines("worker.failed")[0].field("hint") == "h");
    CHECK(host.drain(long_enough).empty());
    CHECK(broken.stops() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "an exception that is no failure stops the worker too") {
    Scripted standard("standard", [](int) -> Step { throw std::runtime_error("out of range"); });
    Scripted strange("strange", [](int) -> Step { throw 42; });
    WorkerHost host(services(), impatient());
    host.add(standard);
    host.add(strange);
    REQUIRE(eventually([&] {
      const auto reports = host.reports();
      return reports[0].state == WorkerState::failed && reports[1].state == WorkerState::failed;
    }));
    CHECK(host.reports()[0].problem->code == "worker.crashed");
    CHECK(host.reports()[0].problem->message == "out of range");
    CHECK(host.reports()[1].problem->code == "worker.crashed");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "when the attempts are used up the worker fails, until it is resumed") {
    std::atomic<bool> broken{true};
    Scripted worker("relay", [&](int) { return broken ? throw_failure(true) : Step::idle(); });
    WorkerHost host(services(), impatient());
    host.add(worker);
    REQUIRE(eventually([&] { return host.reports()[0].state == WorkerState::failed; }));
    CHECK(worker.steps() == 4);
    CHECK(host.resume("relay"));
    REQUIRE(eventually([&] { return lines->lines("worker.failed").size() == 2; }));
    CHECK(worker.steps() == 8);
    broken = false;
    REQUIRE(eventually([&] { return host.reports()[0].state == WorkerState::failed; }));
    CHECK(host.resume("relay"));
    REQUIRE(eventually([&] { return host.reports()[0].state == WorkerState::running; }));
    CHECK(eventually([&] { return !host.reports()[0].problem.has_value(); }));
  }

  TEST_CASE_FIXTURE(Fixture, "resuming cuts a wait for the next attempt short") {
    Scripted worker("relay",
                    [](int step) { return step == 1 ? throw_failure(true) : Step::idle(); });
    WorkerHost host(services(), {.poll_interval = long_enough,
                                 .retry = {.first = long_enough, .max = long_enough}});
    host.add(worker);
    REQUIRE(eventually([&] { return logged("worker.retrying"); }));
    host.resume("relay");
    CHECK(eventually([&] { return logged("worker.recovered"); }));
  }

  TEST_CASE_FIXTURE(Fixture, "a paused worker takes no step until it is resumed") {
    Scripted worker("feed", [](int) { return Step::idle_for(std::chrono::milliseconds(1)); });
    Scripted other("other", [](int) { return Step::idle_for(std::chrono::milliseconds(1)); });
    WorkerHost host(services(), impatient());
    host.add(worker);
    host.add(other);
    REQUIRE(eventually([&] { return worker.steps() > 0; }));
    REQUIRE(host.pause("feed"));
    CHECK(host.reports()[0].state == WorkerState::paused);
    const auto steps_then = worker.steps();
    const auto others_then = other.steps();
    REQUIRE(eventually([&] { return other.steps() > others_then + 10; }));
    CHECK(worker.steps() <= steps_then + 1);  // one step may have been about to begin
    REQUIRE(host.resume("feed"));
    CHECK(eventually([&] { return worker.steps() > steps_then + 1; }));
    CHECK(host.reports()[0].state == WorkerState::running);
    CHECK_FALSE(host.pause("nobody"));
    CHECK_FALSE(host.resume("nobody"));
  }

  TEST_CASE_FIXTURE(Fixture, "draining is bounded, names who did not stop, and can be repeated") {
    std::atomic<bool> hang{true};
    Scripted hanging("hanging", [&](int) {
      while (hang) std::this_thread::yield();
      return Step::idle();
    });
    Scripted paused("paused", [](int) { return Step::idle(); });
    WorkerHost host(services(), impatient());
    host.add(paused);
    host.pause("paused");
    host.add(hanging);
    REQUIRE(eventually([&] { return hanging.steps() == 1; }));
    CHECK(host.drain(std::chrono::milliseconds(200)) == std::vector<std::string>{"hanging"});
    CHECK(paused.stops() == 1);
    CHECK(lines->lines("worker.overdue").size() == 1);
    hang = false;
    CHECK(host.drain(long_enough).empty());
    CHECK(host.drain(long_enough).empty());
    CHECK(hanging.stops() == 1);
    CHECK(hanging.steps() == 1);
    CHECK_FALSE(host.add(hanging));
  }

  TEST_CASE_FIXTURE(Fixture, "a worker can be removed while others run") {
    Scripted kept("kept", [](int) { return Step::idle(); });
    WorkerHost host(services(), impatient());
    host.add(kept);
    host.add(std::make_unique<Scripted>("gone", [](int) { return Step::idle(); }));
    CHECK(host.remove("gone", long_enough));
    CHECK_FALSE(host.remove("gone", long_enough));
    REQUIRE(host.reports().size() == 1);
    CHECK(host.reports()[0].name == "kept");
    CHECK(kept.stops() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "the host stops its workers when it goes") {
    Scripted worker("feed", [](int) { return Step::idle(); });
    {
      WorkerHost(services(), impatient()).add(worker);
    }
    CHECK(worker.stops() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "steps, items, failures and durations are counted by worker") {
    std::atomic<int> told{0};
    Scripted worker("feed a", [](int step) {
      if (step == 1) return Step::worked(7);
      return step == 2 ? throw_failure(true) : Step::idle();
    });
    auto options = impatient();
    options.after_step = [&](const StepTaken& taken) {
      CHECK(taken.worker.name() == "feed a");
      CHECK((taken.problem != nullptr) == (told.fetch_add(1) == 1));
    };
    WorkerHost host(services(), options);
    host.add(worker);
    REQUIRE(eventually([&] { return told.load() == 3; }));
    record(metrics, host.reports());
    host.drain(long_enough);
    const auto text = metrics.render_prometheus();
    for (const char* line : {"tidemark_worker_steps_total{worker=\"feed a\"} 3\n",
                             "tidemark_worker_items_total{worker=\"feed a\"} 7\n",
                             "tidemark_worker_failures_total{worker=\"feed a\"} 1\n",
                             "tidemark_worker_step_seconds_count{worker=\"feed a\"} 3\n",
                             "tidemark_worker_lag{worker=\"feed a\"} 2\n",
                             "tidemark_worker_done{worker=\"feed a\"} 3\n",
                             "tidemark_worker_parked{worker=\"feed a\"} 1\n",
                             "tidemark_worker_state{worker=\"feed a\"} 1\n"}) {
      CAPTURE(text);
      CHECK(text.find(line) != std::string::npos);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a worker that cannot report does not hide the others") {
    Scripted mute("mute", [](int) { return Step::idle(); });
    Scripted other("other", [](int) { return Step::idle(); });
    mute.report_fails = true;
    WorkerHost host(services(), impatient());
    host.add(mute);
    host.add(other);
    const auto reports = host.reports();
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].name == "mute");
    CHECK(reports[0].state == WorkerState::failed);
    CHECK(reports[0].problem->code == "test.report");
    CHECK(reports[1].state == WorkerState::running);
  }
}
