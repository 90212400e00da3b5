#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker_host.hpp"

namespace tidemark::runtime {

/// What a worker and its thread are made of; `host` and `options` are the host's own.
struct WorkerThreadParts {
  Worker& worker;
  std::unique_ptr<Worker> owned;  ///< the same worker, when it was handed over
  const WorkerHostServices& host;
  const WorkerHostOptions& options;
  Wakeup& ended;  ///< notified when the thread ends
};

/// One worker on its thread, from construction until it is stopped, finishes, or this goes.
class WorkerThread {
 public:
  explicit WorkerThread(WorkerThreadParts parts);

  [[nodiscard]] const std::string& name() const { return name_; }
  void pause();
  void resume();
  void request_stop() noexcept { thread_.request_stop(); }
  /// Whether `stop()` of the worker has returned and no step will follow.
  [[nodiscard]] bool ended() const noexcept { return ended_.load(); }
  [[nodiscard]] WorkerReport report() const;

 private:
  enum class Halt : std::uint8_t { none, paused, failed };
  /// How to wait before the next step.
  struct Next {
    enum class Until : std::uint8_t { now, woken, time, finished } until = Until::now;
    Micros at_most{0};
  };
  struct Instruments {
    observe::Counter& steps;
    observe::Counter& items;
    observe::Counter& failures;
    observe::Histogram& duration;
  };

  static Instruments instruments(observe::Metrics& metrics, const std::string& name);
  void run(const std::stop_token& stop);
  Next take_step();
  Next after(const Step& step);
  Next after(const Problem& problem, bool retryable);
  void recovered();
  void told(const StepTaken& taken) const;

  const WorkerHostServices& host_;
  const WorkerHostOptions& options_;
  const std::unique_ptr<Worker> owned_;
  Worker& worker_;
  const std::string name_;
  const observe::Logger log_;
  const Instruments instruments_;

  SeededRandom random_;   // of the thread alone, so that the host's Random is not shared
  Backoff backoff_;       // of the thread alone
  bool failing_ = false;  // of the thread alone
  std::atomic<Halt> halt_{Halt::none};
  std::atomic<bool> ended_{false};
  Guarded<std::optional<Problem>> problem_;  // why the last step failed, until one succeeds
  Wakeup own_;                               // notified by resume()
  Wakeup& host_ended_;

  std::jthread thread_;
};

}  // namespace tidemark::runtime
