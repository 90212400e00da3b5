#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "tidemark/base/time.hpp"

namespace tidemark::store {

/// Lets so many threads of an engine read at the same time, and others wait. A thread that has a
/// turn takes further ones without waiting, such as for a read within the visit of another: or else
/// threads that each have one could wait for each other's.
///
/// Safe from any thread; a turn ends in the thread that took it.
class ReadTurns {
 public:
  /// `threads_max`: at least 1. `patience`: how long one is waited for.
  ReadTurns(std::size_t threads_max, Micros patience)
      : threads_max_(threads_max), patience_(patience) {}

  /// A turn, while it lives. Longer than patience throws `Failure` "store.busy", retryable.
  class Turn {
   public:
    explicit Turn(ReadTurns& turns);
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();

   private:
    ReadTurns* turns_;
  };

 private:
  void begin();
  void end() noexcept;

  const std::size_t threads_max_;
  const Micros patience_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t reading_ = 0;  // guarded by mutex_
};

}  // namespace tidemark::store
