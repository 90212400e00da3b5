#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "bench/raw_log.hpp"

namespace bench {

/// Group commit as a C program has it: whoever finds the log free commits all that waits, in one
/// transaction, and wakes those it did it for. The list is threaded through the waiters' stacks.
class RawGroup {
 public:
  explicit RawGroup(RawLog& log) : log_(log) {}

  /// Safe from any thread; false when the stream was not at `expected`.
  bool append(const Input& input, std::int64_t expected) {
    Waiter me{.input = &input, .expected = expected};
    std::unique_lock lock(mutex_);
    *last_ = &me;
    last_ = &me.next;
    while (!me.done) {
      if (leading_) {
        finished_.wait(lock);
      } else {
        lead(lock);
      }
    }
    return me.inserted;
  }

 private:
  struct Waiter {
    const Input* input;
    std::int64_t expected;
    Waiter* next = nullptr;
    bool inserted = false;
    bool done = false;
  };

  void lead(std::unique_lock<std::mutex>& lock) {
    leading_ = true;
    auto* group = first_;
    first_ = nullptr;
    last_ = &first_;
    lock.unlock();
    log_.begin();
    for (auto* at = group; at != nullptr; at = at->next) {
      at->inserted = log_.insert(*at->input, at->expected);
    }
    log_.commit();
    lock.lock();
    for (auto* at = group; at != nullptr;) {
      auto* next = at->next;
      at->done = true;
      at = next;
    }
    leading_ = false;
    lock.unlock();  // so that who wakes finds it free
    finished_.notify_all();
    lock.lock();
  }

  RawLog& log_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable finished_;
  Waiter* first_ = nullptr;
  Waiter** last_ = &first_;
  bool leading_ = false;
};

}  // namespace bench
