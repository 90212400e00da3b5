#include "tidemark/base/clock.hpp"

#include "tidemark/base/assert.hpp"

namespace tidemark {

UtcTime SystemClock::now() const {
  return UtcTime(
      std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch()));
}

Micros SystemClock::monotonic() const {
  return std::chrono::duration_cast<Micros>(std::chrono::steady_clock::now().time_since_epoch());
}

void ManualClock::advance(Micros duration) {
  TIDEMARK_ASSERT(duration.count() >= 0, "a clock advances forward");
  monotonic_micros_.fetch_add(duration.count());
  now_micros_.fetch_add(duration.count());
}

void ManualClock::advance_to(UtcTime time) {
  auto seen = now_micros_.load();
  while (seen < time.micros()) {
    if (now_micros_.compare_exchange_weak(seen, time.micros())) {
      monotonic_micros_.fetch_add(time.micros() - seen);
      return;
    }
  }
}

}  // namespace tidemark
