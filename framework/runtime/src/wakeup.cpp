#include "tidemark/runtime/wakeup.hpp"

#include <algorithm>

namespace tidemark::runtime {

void Wakeup::notify() noexcept {
  // Sequentially consistent with the waiter's increment and look: either this sees the waiter, or
  // the waiter sees the new generation. Neither seeing the other would be the lost wake-up.
  generation_.fetch_add(1);
  if (waiters_.load() == 0) return;
  // A waiter between its look and its sleep holds the mutex: taking it once lets it fall asleep.
  {
    const std::scoped_lock lock(mutex_);
  }
  notified_.notify_all();
}

bool Wakeup::wait(std::uint64_t seen, Micros timeout, const std::stop_token& stop) {
  const auto is_notified = [&] { return generation_.load() != seen; };
  std::unique_lock lock(mutex_);
  waiters_.fetch_add(1);
  const bool notified = notified_.wait_for(lock, stop, std::min(timeout, timeout_max), is_notified);
  waiters_.fetch_sub(1);
  return notified;
}

}  // namespace tidemark::runtime
