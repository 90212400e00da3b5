#include "tidemark/runtime/blocking_call.hpp"

#include <pthread.h>

#include <utility>

#include "tidemark/base/assert.hpp"

namespace tidemark::runtime {

BlockingCall::BlockingCall(const std::string& name)
    : thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

void BlockingCall::start(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    TIDEMARK_ASSERT(!call_, "one call at a time");
    TIDEMARK_ASSERT(!thrown_, "what a call threw is fetched before the next");
    call_ = std::move(call);
  }
  changed_.notify_all();
}

bool BlockingCall::is_idle() const {
  const std::lock_guard lock(mutex_);
  return !call_;
}

void BlockingCall::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !call_; });
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void BlockingCall::run(const std::stop_token& stop) noexcept {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return static_cast<bool>(call_); })) {
    // Only this thread clears `call_`, and nobody else changes it until then.
    lock.unlock();
    std::exception_ptr thrown;
    try {
      call_();
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    thrown_ = thrown;
    call_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace tidemark::runtime
