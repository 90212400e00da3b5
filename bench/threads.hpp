#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace bench {

/// The user's threads: runs `work` in `count` of them at once, each with its number, and waits for
/// them. Throws what the last one to fail threw.
inline void in_threads(unsigned count, const std::function<void(unsigned)>& work) {
  std::mutex mutex;
  std::exception_ptr failure;
  {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    for (unsigned at = 0; at < count; ++at) {
      threads.emplace_back([&, at] {
        try {
          work(at);
        } catch (...) {
          const std::lock_guard lock(mutex);
          failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
}

/// Keeps a log up while it is measured, as the application's worker does: round after round while
/// there is work, else one every 20 ms.
class Upkeep {
 public:
  explicit Upkeep(std::function<bool()> round)
      : round_(std::move(round)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

 private:
  void run(const std::stop_token& stop) {
    constexpr auto interval = std::chrono::milliseconds(20);
    while (!stop.stop_requested()) {
      if (!round_()) wakeup_.wait(wakeup_.generation(), interval, stop);
    }
  }

  const std::function<bool()> round_;
  tidemark::runtime::Wakeup wakeup_;
  std::jthread thread_;
};

}  // namespace bench
