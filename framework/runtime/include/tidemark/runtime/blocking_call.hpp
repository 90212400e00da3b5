#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace tidemark::runtime {

/// A thread that makes one call at a time beside its owner: for an object that must not block while
/// a C library does, or for the half of a computation.
///
///     if (call.is_idle()) call.start([this] { outcome_ = library_commit(); });   // a later step:
///     if (call.is_idle()) look_at(outcome_);
///
/// What the call wrote can be read once `is_idle()` is true, or `wait()` came back. One thread at a
/// time.
class BlockingCall {
 public:
  /// `name`: of the thread, up to 15 characters count.
  explicit BlockingCall(const std::string& name);
  /// Waits for the call under way, as long as it takes: whoever makes calls bounds them.
  ~BlockingCall() = default;
  BlockingCall(const BlockingCall&) = delete;
  BlockingCall& operator=(const BlockingCall&) = delete;

  /// Makes `call` on the thread. It must be idle, and nothing thrown be left for `wait()`.
  void start(std::function<void()> call);
  /// Whether no call is under way.
  [[nodiscard]] bool is_idle() const;
  /// Waits until no call is under way, as long as that takes. Throws what the last call threw,
  /// once.
  void wait();

 private:
  void run(const std::stop_token& stop) noexcept;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;  ///< a call began, or came to its end
  std::function<void()> call_;           ///< guarded by mutex_; none: idle
  std::exception_ptr thrown_;            ///< guarded by mutex_; by the last call

  std::jthread thread_;
};

}  // namespace tidemark::runtime
