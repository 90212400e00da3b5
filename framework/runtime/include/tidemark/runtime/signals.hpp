#pragma once

#include <memory>
#include <stop_token>
#include <thread>

#include "tidemark/base/time.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::runtime {

/// Turns SIGTERM and SIGINT into a request to stop, and ignores SIGPIPE.
///
/// Make one first thing in `main`, before any other thread: it blocks the signals in this thread
/// and so in all that are started later, and reads them on a thread of its own, so no code runs
/// inside of a signal handler. A second signal changes nothing: stopping is bounded anyway. What
/// was is restored when it goes, on the same thread. Programs that are started meanwhile inherit
/// the blocked signals.
class Signals {
 public:
  /// Throws `Failure` "runtime.signals" when the system has no descriptors left.
  explicit Signals(observe::Logger log = observe::Logger::null());
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Stops when a signal has come. Safe from any thread, as are the members below.
  [[nodiscard]] std::stop_token token() const { return requested_.get_token(); }
  /// Waits for the request to stop, at most for `timeout` (at most an hour). True when it has come.
  bool wait(Micros timeout);
  /// Asks for what a signal asks for.
  void request_stop() noexcept;

 private:
  struct Handling;

  void read_until(const std::stop_token& stop);

  const observe::Logger log_;
  const std::unique_ptr<Handling> handling_;
  std::stop_source requested_;
  Wakeup wakeup_;

  std::jthread thread_;
};

}  // namespace tidemark::runtime
