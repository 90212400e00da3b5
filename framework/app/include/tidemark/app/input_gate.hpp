#pragma once

#include <functional>
#include <optional>

#include "tidemark/base/clock.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/time_gate.hpp"

namespace tidemark::app {

/// Time that comes from the input: the clock shows the highest time admitted so far, so forty days
/// of durable timers pass in seconds.
///
/// Within a tick time runs ahead freely. Into a new tick, and past a timer that is due on the way,
/// it goes only when the application is quiet: everything that was to happen before has happened.
/// So what happens does not depend on how fast the input is read.
class InputGate final : public runtime::TimeGate {
 public:
  struct Options {
    Micros tick = std::chrono::hours(1);
    /// Whether every worker is up to date and nothing is under way. Asked by the admitting thread.
    std::function<bool()> quiet;
    /// When the next timer is due.
    std::function<std::optional<UtcTime>()> next_timer;
  };
  /// `clock` must outlive it and be moved by nobody else.
  InputGate(ManualClock& clock, Options options);

  bool admit(UtcTime event_time) override;

 private:
  ManualClock& clock_;
  const Options options_;
};

}  // namespace tidemark::app
