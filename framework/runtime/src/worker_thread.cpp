#include "worker_thread.hpp"

#include <pthread.h>

namespace tidemark::runtime {
namespace {

/// The system shows 15 characters of a thread's name: the last word says most.
void name_this_thread(std::string_view worker) {
  constexpr std::size_t size_max = 15;
  const auto space = worker.rfind(' ');
  const auto word = space == std::string_view::npos ? worker : worker.substr(space + 1);
  pthread_setname_np(pthread_self(), std::string(word.substr(0, size_max)).c_str());
}

Problem problem_of(const Failure& failure) {
  return {
      .code = failure.code(), .field = "", .message = failure.message(), .hint = failure.hint()};
}

Problem crash(std::string what) {
  return {.code = "worker.crashed",
          .field = "",
          .message = std::move(what),
          .hint = "this is a programming error: report it with this log, then resume the worker"};
}

}  // namespace

WorkerThread::Instruments WorkerThread::instruments(observe::Metrics& metrics,
                                                    const std::string& name) {
  const observe::Labels labels{{"worker", name}};
  return {
      .steps = metrics.counter("tidemark_worker_steps_total", "Steps taken.", labels),
      .items = metrics.counter("tidemark_worker_items_total",
                               "Events, commands or records handled.", labels),
      .failures = metrics.counter("tidemark_worker_failures_total", "Steps that failed.", labels),
      .duration = metrics.histogram("tidemark_worker_step_seconds", "How long a step took.",
                                    observe::seconds_buckets(), labels),
  };
}

WorkerThread::WorkerThread(WorkerThreadParts parts)
    : host_(parts.host),
      options_(parts.options),
      owned_(std::move(parts.owned)),
      worker_(parts.worker),
      name_(parts.worker.name()),
      log_(parts.host.log.with({{"worker", name_}})),
      instruments_(instruments(parts.host.metrics, name_)),
      random_(parts.host.random.next()),
      backoff_(parts.options.retry),
      host_ended_(parts.ended),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void WorkerThread::pause() {
  auto expected = Halt::none;
  if (halt_.compare_exchange_strong(expected, Halt::paused)) log_.info("worker.paused");
}

void WorkerThread::resume() {
  if (halt_.exchange(Halt::none) != Halt::none) log_.info("worker.resumed");
  own_.notify();
}

WorkerReport WorkerThread::report() const {
  WorkerReport report{.name = name_};
  auto problem = problem_.copy();
  try {
    report = worker_.report();
  } catch (const Failure& failure) {
    report.state = WorkerState::failed;
    problem = problem_of(failure);
  }
  const auto halt = halt_.load();
  if (problem && (halt == Halt::failed || !report.problem)) report.problem = problem;
  if (ended()) {
    report.state = WorkerState::stopped;
  } else if (halt == Halt::failed) {
    report.state = WorkerState::failed;
  } else if (halt == Halt::paused) {
    report.state = WorkerState::paused;
  }
  return report;
}

void WorkerThread::run(const std::stop_token& stop) {
  name_this_thread(name_);
  log_.info("worker.started");
  bool finished = false;
  while (!finished && !stop.stop_requested()) {
    // Both are read before the step looks for work: what comes after it is then not missed.
    const auto seen = host_.wakeup.generation();
    const auto own_seen = own_.generation();
    if (halt_.load() != Halt::none) {
      own_.wait(own_seen, Wakeup::timeout_max, stop);
      continue;
    }
    const auto next = take_step();
    switch (next.until) {
      case Next::Until::now:
        break;
      case Next::Until::woken:
        host_.wakeup.wait(seen, next.at_most, stop);
        break;
      case Next::Until::time:
        own_.wait(own_seen, next.at_most, stop);
        break;
      case Next::Until::finished:
        finished = true;
        break;
    }
  }
  worker_.stop();
  log_.info(finished ? "worker.finished" : "worker.stopped");
  ended_.store(true);
  host_ended_.notify();
}

WorkerThread::Next WorkerThread::take_step() {
  const auto started = host_.clock.monotonic();
  Step step;
  std::optional<Problem> problem;
  bool retryable = false;
  try {
    step = worker_.step();
  } catch (const Failure& failure) {
    problem = problem_of(failure);
    retryable = failure.retryable();
  } catch (const std::exception& thrown) {
    problem = crash(thrown.what());
  } catch (...) {
    problem = crash("something that is no std::exception was thrown");
  }
  told({.worker = worker_,
        .step = step,
        .duration = host_.clock.monotonic() - started,
        .problem = problem ? &*problem : nullptr});
  return problem ? after(*problem, retryable) : after(step);
}

void WorkerThread::told(const StepTaken& taken) const {
  instruments_.steps.add();
  instruments_.items.add(taken.step.items);
  instruments_.duration.observe(taken.duration);
  if (taken.problem != nullptr) instruments_.failures.add();
  if (options_.after_step) options_.after_step(taken);
}

WorkerThread::Next WorkerThread::after(const Step& step) {
  if (failing_) recovered();
  switch (step.did) {
    case Step::Did::work:
      return {.until = Next::Until::now};
    case Step::Did::nothing:
      return {.until = Next::Until::woken,
              .at_most = step.wake_after.value_or(options_.poll_interval)};
    case Step::Did::waiting:
      return {.until = Next::Until::time,
              .at_most = step.wake_after.value_or(options_.poll_interval)};
    case Step::Did::finished:
      break;
  }
  return {.until = Next::Until::finished};
}

WorkerThread::Next WorkerThread::after(const Problem& problem, bool retryable) {
  failing_ = true;
  *problem_.lock() = problem;
  const auto wait = backoff_.next(random_);
  if (!retryable || !wait) {
    log_.error("worker.failed", problem, {{"failures", backoff_.failures()}});
    backoff_.reset();
    // Also over a pause that came during the step: a failure must not look like a pause.
    halt_.store(Halt::failed);
    return {};
  }
  log_.warn("worker.retrying", {{"code", problem.code},
                                {"message", problem.message},
                                {"hint", problem.hint},
                                {"failures", backoff_.failures()},
                                {"wait_micros", wait->count()}});
  return {.until = Next::Until::time, .at_most = *wait};
}

void WorkerThread::recovered() {
  log_.info("worker.recovered", {{"failures", backoff_.failures()}});
  failing_ = false;
  backoff_.reset();
  problem_.lock()->reset();
}

}  // namespace tidemark::runtime
