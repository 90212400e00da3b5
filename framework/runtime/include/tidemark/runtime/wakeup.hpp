#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

#include "tidemark/base/time.hpp"

namespace tidemark::runtime {

/// Wakes threads that have run out of work, and loses no wake-up.
///
///     const auto seen = wakeup.generation();
///     if (!there_is_work()) wakeup.wait(seen, timeout, stop);
///
/// Whoever makes work calls `notify()` after the work can be seen. A notification between
/// `generation()` and `wait()` makes `wait()` return at once, so looking for work in between misses
/// nothing. Safe from any thread; must outlive its waiters.
class Wakeup {
 public:
  /// Longest single wait; a longer timeout waits this long.
  static constexpr Micros timeout_max = std::chrono::hours(1);

  /// How often it was notified.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(); }

  /// Wakes all who wait. Two atomic operations when nobody does, so it may be called after every
  /// commit.
  void notify() noexcept;

  /// Waits until it was notified after `seen`, until `timeout` has passed in real time, or until
  /// `stop` is requested. True when it was notified.
  bool wait(std::uint64_t seen, Micros timeout, const std::stop_token& stop = {});

 private:
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint32_t> waiters_{0};
  std::mutex mutex_;
  std::condition_variable_any notified_;
};

}  // namespace tidemark::runtime
