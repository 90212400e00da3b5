#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::runtime {

/// A first-in first-out queue between threads that never grows beyond its capacity.
///
/// When it is full, `try_push` says so and the caller decides: slow its own source down, or answer
/// that it is busy. Nobody waits for room. Safe from any thread.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {
    TIDEMARK_ASSERT(capacity > 0, "a queue needs room");
  }

  /// Appends `item`. False when the queue is full or closed; then `item` is left as it was.
  [[nodiscard]] bool try_push(T&& item) {
    {
      const std::scoped_lock lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      items_.push_back(std::move(item));
    }
    changed_.notify_one();
    return true;
  }
  [[nodiscard]] bool try_push(const T& item) { return try_push(T(item)); }

  /// Takes the oldest item, waiting for one at most `timeout` of real time (at most an hour). None
  /// when time is up, when `stop` is requested, or when the queue is closed and empty.
  [[nodiscard]] std::optional<T> pop(Micros timeout, const std::stop_token& stop = {}) {
    constexpr Micros timeout_max = std::chrono::hours(1);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::min(timeout, timeout_max),
                      [this] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  /// Takes the oldest item if there is one.
  [[nodiscard]] std::optional<T> try_pop() { return pop(Micros(0)); }

  /// Refuses new items from now on and wakes all who wait; what is queued can still be taken.
  void close() noexcept {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t size() const {
    const std::scoped_lock lock(mutex_);
    return items_.size();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool closed() const {
    const std::scoped_lock lock(mutex_);
    return closed_;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<T> items_;  ///< guarded by mutex_
  bool closed_ = false;  ///< guarded by mutex_
  std::condition_variable_any changed_;
};

}  // namespace tidemark::runtime
