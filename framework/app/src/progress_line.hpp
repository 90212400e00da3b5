#pragma once

#include <cstdint>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/intake/intake_worker.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::app {

/// Says on standard error how far a run is: one line that is written over on a terminal, a line
/// every few seconds elsewhere.
class ProgressLine {
 public:
  /// What a line tells.
  struct Seen {
    const intake::IntakeWorker* intake = nullptr;
    UtcTime time;  ///< the application's
    std::vector<runtime::WorkerReport> reports;
  };
  ProgressLine(bool enabled, const Clock& clock);

  void show(const Seen& seen);
  /// Leaves the last line where it is.
  void finish();

 private:
  const bool enabled_;
  const bool terminal_;
  const Clock& clock_;
  const Micros started_at_;
  Micros shown_at_;
  std::uint64_t lines_before_ = 0;  ///< when the run began
  bool first_ = true;
};

}  // namespace tidemark::app
