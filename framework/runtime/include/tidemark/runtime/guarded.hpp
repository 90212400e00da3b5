#pragma once

#include <mutex>
#include <utility>

namespace tidemark::runtime {

/// Data that lives in its lock: there is no way to it but through `lock()`.
///
///     runtime::Guarded<std::map<Key, Row>> rows;
///     rows.lock()->insert_or_assign(key, row);
///     { auto held = rows.lock(); held->clear(); }   // several accesses under one lock
///
/// Keep the handle for a few lines only: no lock is held across a callback, a commit or the
/// network. Safe from any thread.
template <typename T>
class Guarded {
 public:
  /// The data, for as long as this lives. Not to be passed to another thread.
  template <typename U>
  class Locked {
   public:
    U& operator*() const noexcept { return *value_; }
    U* operator->() const noexcept { return value_; }

   private:
    friend class Guarded;
    Locked(std::mutex& mutex, U* value) : lock_(mutex), value_(value) {}
    std::unique_lock<std::mutex> lock_;
    U* value_;
  };

  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  /// Waits for the lock: as long as its holder takes.
  [[nodiscard]] Locked<T> lock() { return Locked<T>(mutex_, &value_); }
  [[nodiscard]] Locked<const T> lock() const { return Locked<const T>(mutex_, &value_); }
  /// A copy of the data, taken under the lock.
  [[nodiscard]] T copy() const { return *lock(); }

 private:
  mutable std::mutex mutex_;
  T value_{};  ///< guarded by mutex_
};

}  // namespace tidemark::runtime
