#include "tidemark/runtime/signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "tidemark/base/failure.hpp"

namespace tidemark::runtime {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {
    if (number < 0) {
      throw Failure({.code = "runtime.signals",
                     .message = std::generic_category().message(errno),
                     .hint = "allow this process more open files (ulimit -n)"});
    }
  }
  ~Descriptor() { close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }

 private:
  const int number_;
};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

/// Blocks the signals, and ignores SIGPIPE, for as long as it lives.
class Mask {
 public:
  Mask() {
    const auto set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, &mask_before_);
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &pipe_before_);
  }
  ~Mask() {
    sigaction(SIGPIPE, &pipe_before_, nullptr);
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;

 private:
  sigset_t mask_before_{};
  struct sigaction pipe_before_{};
};

}  // namespace

struct Signals::Handling {
  Mask mask;
  Descriptor signals{make_signals()};
  Descriptor end{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

  static int make_signals() {
    const auto set = stop_signals();
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
};

Signals::Signals(observe::Logger log)
    : log_(std::move(log)),
      handling_(std::make_unique<Handling>()),
      thread_([this](const std::stop_token& stop) { read_until(stop); }) {}

Signals::~Signals() = default;

void Signals::request_stop() noexcept {
  requested_.request_stop();
  wakeup_.notify();
}

bool Signals::wait(Micros timeout) {
  const auto seen = wakeup_.generation();
  if (requested_.stop_requested()) return true;
  wakeup_.wait(seen, timeout);
  return requested_.stop_requested();
}

void Signals::read_until(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { eventfd_write(handling_->end.get(), 1); });
  std::array<pollfd, 2> ready{{{.fd = handling_->signals.get(), .events = POLLIN, .revents = 0},
                               {.fd = handling_->end.get(), .events = POLLIN, .revents = 0}}};
  constexpr int timeout_ms = 60'000;
  for (bool last = false; !last;) {
    // Read once more after the end: a signal left pending would strike when it is unblocked.
    last = stop.stop_requested();
    if (!last) poll(ready.data(), ready.size(), timeout_ms);
    signalfd_siginfo came{};
    while (read(handling_->signals.get(), &came, sizeof came) == sizeof came) {
      log_.info("signals.received", {{"signal", came.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM"}});
      request_stop();
    }
  }
}

}  // namespace tidemark::runtime
