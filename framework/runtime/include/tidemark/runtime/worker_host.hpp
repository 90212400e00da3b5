#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/retry.hpp"
#include "tidemark/runtime/wakeup.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::runtime {

class WorkerThread;

/// What one step came to, for `WorkerHostOptions::after_step`.
struct StepTaken {
  const Worker& worker;
  Step step;  ///< `nothing` when the step failed
  Micros duration;
  const Problem* problem = nullptr;  ///< why it failed, if it did
};

struct WorkerHostOptions {
  /// How long an idle worker waits when neither it nor a wake-up says anything.
  Micros poll_interval = std::chrono::milliseconds(20);
  /// For retryable failures. When the attempts are used up the worker stops, as it does for others.
  RetryPolicy retry{.attempts = RetryPolicy::for_ever,
                    .first = std::chrono::milliseconds(100),
                    .max = std::chrono::seconds(30)};
  /// Extra work after each step, on the worker's thread; returns at once and does not throw.
  std::function<void(const StepTaken&)> after_step = {};
};

/// What a host needs from outside; all of it outlives the host.
struct WorkerHostServices {
  const Clock& clock;
  Random& random;  ///< drawn from once per worker
  Wakeup& wakeup;  ///< notified by whoever makes work, such as a commit
  observe::Logger log;
  observe::Metrics& metrics;
};

/// Gives each worker a thread of its own, and handles what comes of its steps.
///
/// After `work` the next step follows at once; after `nothing` when the wake-up is notified, or
/// `wake_after` or the poll interval has passed; after `waiting` when `wake_after` has passed;
/// after `finished` the worker is stopped and its thread ends. A retryable `Failure` is retried
/// with backoff. Any other exception stops this worker, shows in its report as `failed`, and leaves
/// the others alone; `resume` has it try again. All members are safe from any thread but a worker's
/// own.
class WorkerHost {
 public:
  explicit WorkerHost(WorkerHostServices services, WorkerHostOptions options = {});
  /// Stops what still runs and waits for steps under way, however long they take. When `drain`
  /// named a worker that hangs, end the process instead.
  ~WorkerHost();
  WorkerHost(const WorkerHost&) = delete;
  WorkerHost& operator=(const WorkerHost&) = delete;

  /// Runs `worker` from now on. Its name must not be one that runs already; one that has finished
  /// is replaced. False after `drain`: then it is not run.
  bool add(std::unique_ptr<Worker> worker);
  /// As above for a worker that outlives the host.
  bool add(Worker& worker);

  /// Stops one worker and forgets it. Blocks at most for `timeout`; false when there is none of
  /// that name, or when it has not stopped by then: in that case it is forgotten by a later call.
  bool remove(std::string_view name, Micros timeout);

  /// Lets the worker finish its step and take no other until `resume`. False for an unknown name.
  bool pause(std::string_view name);
  /// Has a paused worker go on, a failed one try again, and one that waits to retry do so at once.
  /// False for an unknown name.
  bool resume(std::string_view name);

  /// Stops all workers: each finishes its step, and its thread calls `stop()`. Blocks at most for
  /// `timeout`. Idempotent. Returns the names of those that had not stopped by then; they stop when
  /// their steps return.
  std::vector<std::string> drain(Micros timeout);

  /// Where each worker stands, in the order they were added: its own report, with what the host
  /// knows of pauses and failures.
  [[nodiscard]] std::vector<WorkerReport> reports() const;

 private:
  // Shared so that reports() can look at a worker that remove() takes away meanwhile.
  using Threads = std::vector<std::shared_ptr<WorkerThread>>;
  struct State {
    bool drained = false;
    Threads threads;
  };

  bool start(Worker& worker, std::unique_ptr<Worker> owned);
  [[nodiscard]] Threads all() const;
  [[nodiscard]] std::shared_ptr<WorkerThread> find(std::string_view name) const;
  /// Waits until all of `threads` have ended, at most for `timeout`.
  void wait_for_end(const Threads& threads, Micros timeout);

  const WorkerHostServices services_;
  const WorkerHostOptions options_;
  Wakeup ended_;  ///< notified when a thread ends
  Guarded<State> state_;
};

/// Sets the gauges of where workers stand: `tidemark_worker_lag`, `_done`, `_parked`, `_state`.
void record(observe::Metrics& metrics, const std::vector<WorkerReport>& reports);

}  // namespace tidemark::runtime
