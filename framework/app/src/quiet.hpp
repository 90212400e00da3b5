#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker_host.hpp"

namespace tidemark::app {

/// Tells when an application has nothing left to do: every worker has taken a whole step that found
/// nothing, begun after the last step of any worker that found something.
///
/// A *source* is not waited for, but what it did has to be dealt with: the input makes work and
/// never runs out of it.
///
/// Fed from `WorkerHostOptions::after_step`. Safe from any thread.
class Quiet {
 public:
  /// Counts `worker` in; call it before the worker runs.
  void watch(const std::string& worker);
  /// Likewise for a source.
  void watch_source(const std::string& worker);
  void after_step(const runtime::StepTaken& taken);
  /// Something happened that no worker did, such as time that moved on: all must look again.
  void disturb();
  [[nodiscard]] bool is_quiet() const;

 private:
  struct Seen {
    std::uint64_t at_last_step = 0;  ///< activity when the worker's newest step had ended
    bool is_source = false;
    std::uint64_t idle_since = 0;  ///< activity before a step that found nothing; 0: none yet
  };
  std::atomic<std::uint64_t> activity_{1};
  runtime::Guarded<std::map<std::string, Seen, std::less<>>> workers_;
};

}  // namespace tidemark::app
