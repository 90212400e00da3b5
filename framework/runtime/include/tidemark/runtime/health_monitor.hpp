#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/observe/health.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::runtime {

struct HealthMonitorOptions {
  /// How long a worker may be behind without moving. Longer than its longest batch takes.
  Micros interval = std::chrono::seconds(15);
};

/// What is to be said about one worker.
struct WorkerVerdict {
  std::string worker;
  observe::HealthState state = observe::HealthState::ok;
  std::uint64_t lag = 0;           ///< events between its checkpoint and its tail
  std::optional<Problem> problem;  ///< why, unless it is ok
  std::string text;                ///< one line for people, with what it is at
};

/// Tells workers that move from workers that do not, by comparing reports over time.
///
/// A worker is failed when it says so, or when it is *stuck*: behind its tail, and its checkpoint
/// has not changed for one interval. It is degraded while it is paused, has parked items, or moves
/// on with a problem. Standing by, finished and up to date are ok. A checkpoint that goes back, as
/// when a rebuild begins, is movement.
///
/// Pure: the same observations give the same verdicts. Observe at least twice an interval; a stuck
/// worker is then found within one interval, plus one observation's distance at most. One thread at
/// a time.
class HealthMonitor {
 public:
  explicit HealthMonitor(HealthMonitorOptions options = {}) : options_(options) {}

  /// Judges all workers, in the order of `reports`; who is missing is forgotten. `now` is a
  /// monotonic time and never goes back.
  std::vector<WorkerVerdict> observe(Micros now, const std::vector<WorkerReport>& reports);

 private:
  struct Track {
    std::uint64_t done = 0;
    Micros moved_at{0};             ///< when it was last seen to move, or to have no need to
    std::uint32_t behind_seen = 0;  ///< observations since then that found it behind
  };

  [[nodiscard]] WorkerVerdict judge(Micros now, const WorkerReport& report,
                                    const Track& track) const;

  const HealthMonitorOptions options_;
  std::map<std::string, Track> tracks_;
};

}  // namespace tidemark::runtime
