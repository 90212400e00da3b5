#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "tidemark/base/clock.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/time_gate.hpp"

namespace tidemark::app {

/// A clock whose time comes from the input, and whose waiting is real: the time of day is the
/// highest it was advanced to, the monotonic time is the machine's. Safe from any thread.
class InputClock final : public Clock {
 public:
  /// `machine` must outlive it.
  explicit InputClock(const Clock& machine) : machine_(machine) {}
  [[nodiscard]] UtcTime now() const override {
    const auto micros = micros_.load();
    return micros == 0 ? machine_.now() : UtcTime::from_micros(micros);
  }
  /// Whether it was advanced; until then it shows the machine's time.
  [[nodiscard]] bool has_begun() const { return micros_.load() != 0; }
  [[nodiscard]] Micros monotonic() const override { return machine_.monotonic(); }
  /// Earlier times change nothing. One thread at a time.
  void advance_to(UtcTime time) { micros_.store(std::max(micros_.load(), time.micros())); }

 private:
  const Clock& machine_;
  std::atomic<std::int64_t> micros_{0};
};

/// Time that comes from the input: the clock shows the highest time admitted so far, so forty days
/// of durable timers pass in seconds.
///
/// Within a tick time runs ahead freely. Into a new tick it goes only when the application is
/// quiet, which means that everything that was to happen before has happened; and then no further
/// than to the next timer that is due on the way. So what happens does not depend on how fast the
/// input is read.
class InputGate final : public runtime::TimeGate {
 public:
  struct Options {
    Micros tick = std::chrono::hours(1);
    /// Whether every worker is up to date and nothing is under way. Asked by the admitting thread.
    std::function<bool()> quiet;
    /// When the next timer is due.
    std::function<std::optional<UtcTime>()> next_timer;
    /// Told that time has moved on to a timer: nothing is quiet before every worker has looked.
    std::function<void()> moved;
  };
  /// `clock` must outlive it and be moved by nobody else.
  InputGate(InputClock& clock, Options options);

  bool admit(UtcTime event_time) override;

 private:
  InputClock& clock_;
  const Options options_;
};

}  // namespace tidemark::app
