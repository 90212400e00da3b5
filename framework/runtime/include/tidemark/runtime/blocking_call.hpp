#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace tidemark::runtime {

/// A thread that makes one blocking call at a time, for an object that must not block: a C library
/// that has no other way.
///
///     if (call.is_idle()) call.start([this] { outcome_ = library_commit(); });   // a later step:
///     if (call.is_idle()) look_at(outcome_);
///
/// What the call wrote can be read once `is_idle()` is true. One thread at a time.
class BlockingCall {
 public:
  /// `name`: of the thread, up to 15 characters count.
  explicit BlockingCall(const std::string& name);
  /// Waits for the call under way, as long as it takes: whoever makes calls bounds them.
  ~BlockingCall() = default;
  BlockingCall(const BlockingCall&) = delete;
  BlockingCall& operator=(const BlockingCall&) = delete;

  /// Makes `call` on the thread. It must be idle. An exception that leaves `call` ends the process.
  void start(std::function<void()> call);
  /// Whether no call is under way.
  [[nodiscard]] bool is_idle() const;

 private:
  void run(const std::stop_token& stop) noexcept;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::function<void()> call_;  ///< guarded by mutex_; none: idle

  std::jthread thread_;
};

}  // namespace tidemark::runtime
