#include "tidemark/runtime/worker_host.hpp"

#include <algorithm>

#include "tidemark/base/assert.hpp"
#include "worker_thread.hpp"

namespace tidemark::runtime {

WorkerHost::WorkerHost(WorkerHostServices services, WorkerHostOptions options)
    : services_(std::move(services)), options_(std::move(options)) {}

WorkerHost::~WorkerHost() {
  for (const auto& thread : all()) thread->request_stop();
}

bool WorkerHost::add(std::unique_ptr<Worker> worker) {
  TIDEMARK_ASSERT(worker != nullptr, "there is no worker to run");
  auto& reference = *worker;
  return start(reference, std::move(worker));
}

bool WorkerHost::add(Worker& worker) { return start(worker, nullptr); }

bool WorkerHost::start(Worker& worker, std::unique_ptr<Worker> owned) {
  std::shared_ptr<WorkerThread> replaced;  // goes after the lock: its worker may be large
  auto state = state_.lock();
  if (state->drained) return false;
  auto& threads = state->threads;
  const auto same = std::find_if(threads.begin(), threads.end(), [&](const auto& thread) {
    return thread->name() == worker.name();
  });
  if (same != threads.end()) {
    TIDEMARK_ASSERT((*same)->ended(), "a worker of this name runs already");
    replaced = std::move(*same);
    threads.erase(same);
  }
  threads.push_back(std::make_shared<WorkerThread>(WorkerThreadParts{.worker = worker,
                                                                     .owned = std::move(owned),
                                                                     .host = services_,
                                                                     .options = options_,
                                                                     .ended = ended_}));
  return true;
}

bool WorkerHost::remove(std::string_view name, Micros timeout) {
  const auto thread = find(name);
  if (thread == nullptr) return false;
  thread->request_stop();
  wait_for_end({thread}, timeout);
  if (!thread->ended()) return false;
  std::erase(state_.lock()->threads, thread);
  return true;
}

bool WorkerHost::pause(std::string_view name) {
  const auto thread = find(name);
  if (thread != nullptr) thread->pause();
  return thread != nullptr;
}

bool WorkerHost::resume(std::string_view name) {
  const auto thread = find(name);
  if (thread != nullptr) thread->resume();
  return thread != nullptr;
}

std::vector<std::string> WorkerHost::drain(Micros timeout) {
  state_.lock()->drained = true;
  const auto threads = all();
  for (const auto& thread : threads) thread->request_stop();
  wait_for_end(threads, timeout);
  std::vector<std::string> overdue;
  for (const auto& thread : threads) {
    if (thread->ended()) continue;
    overdue.push_back(thread->name());
    services_.log.error("worker.overdue",
                        "its step has not returned: end the process; durable state is whole",
                        {{"worker", thread->name()}});
  }
  return overdue;
}

std::vector<WorkerReport> WorkerHost::reports() const {
  std::vector<WorkerReport> reports;
  for (const auto& thread : all()) reports.push_back(thread->report());
  return reports;
}

WorkerHost::Threads WorkerHost::all() const { return state_.lock()->threads; }

std::shared_ptr<WorkerThread> WorkerHost::find(std::string_view name) const {
  for (const auto& thread : all()) {
    if (thread->name() == name) return thread;
  }
  return nullptr;
}

void WorkerHost::wait_for_end(const Threads& threads, Micros timeout) {
  const auto ended = [](const auto& thread) { return thread->ended(); };
  const auto deadline = services_.clock.monotonic() + timeout;
  for (;;) {
    const auto seen = ended_.generation();
    if (std::all_of(threads.begin(), threads.end(), ended)) return;
    const auto left = deadline - services_.clock.monotonic();
    if (left.count() <= 0 || !ended_.wait(seen, left)) return;
  }
}

void record(observe::Metrics& metrics, const std::vector<WorkerReport>& reports) {
  for (const auto& report : reports) {
    const observe::Labels labels{{"worker", report.name}};
    const auto lag = report.tail > report.done ? report.tail - report.done : 0;
    metrics.gauge("tidemark_worker_lag", "How far it is behind its tail, in events.", labels)
        .set(lag);
    metrics.gauge("tidemark_worker_done", "Its checkpoint.", labels).set(report.done);
    metrics.gauge("tidemark_worker_parked", "Items set aside.", labels).set(report.parked);
    metrics
        .gauge("tidemark_worker_state",
               "0 starting, 1 running, 2 paused, 3 standby, 4 failed, 5 stopped.", labels)
        .set(static_cast<int>(report.state));
  }
}

}  // namespace tidemark::runtime
