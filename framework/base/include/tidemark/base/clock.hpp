#pragma once

#include <atomic>

#include "tidemark/base/time.hpp"

namespace tidemark {

/// Where time comes from. Everything that needs the time is given a `Clock&`; nothing else may read
/// one. Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, for stamping. May jump backwards.
  [[nodiscard]] virtual UtcTime now() const = 0;
  /// Time since an arbitrary start, never backwards, for measuring and for waiting.
  [[nodiscard]] virtual Micros monotonic() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override;
  [[nodiscard]] Micros monotonic() const override;
};

/// A clock that moves only when told: for tests, simulation, and input-driven time.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UtcTime start = UtcTime()) : now_micros_(start.micros()) {}
  [[nodiscard]] UtcTime now() const override { return UtcTime::from_micros(now_micros_.load()); }
  [[nodiscard]] Micros monotonic() const override { return Micros(monotonic_micros_.load()); }
  /// Moves both clocks forward by `duration` (not negative).
  void advance(Micros duration);
  /// Sets the wall clock to `time` if that is later, and moves the monotonic clock by as much.
  void advance_to(UtcTime time);
  /// Makes the wall clock jump, backwards too; the monotonic clock does not move.
  void jump_to(UtcTime time) { now_micros_.store(time.micros()); }

 private:
  std::atomic<std::int64_t> now_micros_;
  std::atomic<std::int64_t> monotonic_micros_{0};
};

}  // namespace tidemark
