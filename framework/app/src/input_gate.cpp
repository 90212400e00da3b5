#include "tidemark/app/input_gate.hpp"

#include <algorithm>

namespace tidemark::app {

InputGate::InputGate(InputClock& clock, Options options)
    : clock_(clock), options_(std::move(options)) {}

bool InputGate::admit(UtcTime event_time) {
  const auto now = clock_.now();
  if (!clock_.has_begun()) {
    clock_.advance_to(event_time);
    return true;
  }
  if (event_time <= now) return true;
  if (floor(event_time, options_.tick) == floor(now, options_.tick)) {
    clock_.advance_to(event_time);
    return true;
  }
  if (!options_.quiet()) return false;
  const auto timer = options_.next_timer();
  const auto next = timer && *timer > now ? std::min(*timer, event_time) : event_time;
  clock_.advance_to(next);
  if (next == event_time) return true;
  options_.moved();
  return false;
}

}  // namespace tidemark::app
