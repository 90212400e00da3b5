#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::runtime {

/// What one step did, and when the next one makes sense.
struct Step {
  enum class Did : std::uint8_t {
    work,      ///< moved on: call again at once
    nothing,   ///< nothing to do: call again when woken
    waiting,   ///< something under way outside (a broker, a ticket): call again soon
    finished,  ///< will never have work again: a rebuild that is done
  };
  Did did = Did::nothing;
  std::uint64_t items = 0;           ///< events, commands, records handled in this step
  std::optional<Micros> wake_after;  ///< not later than this, also when nobody wakes the worker

  static Step worked(std::uint64_t items) { return {.did = Did::work, .items = items}; }
  static Step idle() { return {}; }
  static Step wait(Micros at_most) { return {.did = Did::waiting, .wake_after = at_most}; }
  static Step idle_for(Micros at_most) { return {.did = Did::nothing, .wake_after = at_most}; }
  static Step done() { return {.did = Did::finished}; }
};

enum class WorkerState : std::uint8_t { starting, running, paused, standby, failed, stopped };

/// Where a worker stands, for health, metrics and the operator.
struct WorkerReport {
  std::string name;  ///< "projection campaign_minutes"
  WorkerState state = WorkerState::starting;
  std::uint64_t done = 0;          ///< its checkpoint, in the unit of `tail`
  std::uint64_t tail = 0;          ///< where it would be if it were up to date
  std::uint64_t parked = 0;        ///< items set aside
  std::optional<Problem> problem;  ///< why it does not move, if it does not
  std::string at;  ///< category, type and position of the event it is at, if it is stuck
};

/// Anything that runs: an object whose `step()` does a bounded amount of work from durable state.
///
/// A worker owns no thread, never blocks and never sleeps: what takes time is submitted and looked
/// at in a later step. It keeps nothing in memory that it cannot find again on disk, and no step
/// leaves a transaction or a lock open. `step()` is called by one thread at a time; `report()` by
/// any. A `Failure` thrown by `step()` is handled by the host: retryable ones are retried with
/// backoff, others stop the worker and turn its health red.
class Worker {
 public:
  virtual ~Worker() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;
  virtual Step step() = 0;
  [[nodiscard]] virtual WorkerReport report() const = 0;
  /// Called once, by the stepping thread, when the host drains or the worker has finished: give up
  /// leases, commit what is whole. No step follows. Bounded, does not throw.
  virtual void stop() noexcept {}
};

}  // namespace tidemark::runtime
