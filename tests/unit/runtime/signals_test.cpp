#include "tidemark/runtime/signals.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "tidemark/base/clock.hpp"

using namespace tidemark::runtime;
using tidemark::Micros;

namespace {
constexpr Micros long_enough = std::chrono::seconds(30);
}

TEST_SUITE("runtime/signals") {
  TEST_CASE("SIGTERM and SIGINT ask to stop, and more of them change nothing") {
    const tidemark::SystemClock clock;
    const auto lines = std::make_shared<tidemark::observe::CapturingSink>();
    for (const int signal : {SIGTERM, SIGINT}) {
      Signals signals{tidemark::observe::Logger(lines, clock)};
      CHECK_FALSE(signals.wait(Micros(0)));
      CHECK_FALSE(signals.token().stop_requested());
      REQUIRE(kill(getpid(), signal) == 0);
      REQUIRE(signals.wait(long_enough));
      CHECK(signals.token().stop_requested());
      REQUIRE(kill(getpid(), signal) == 0);
      CHECK(signals.wait(long_enough));
    }
    CHECK(lines->lines("signals.received").front().field("signal") == "SIGTERM");
    CHECK(lines->lines("signals.received").back().field("signal") == "SIGINT");
  }

  TEST_CASE("the program can ask itself to stop") {
    Signals signals;
    signals.request_stop();
    CHECK(signals.wait(long_enough));
  }

  TEST_CASE("writing to a pipe that nobody reads is an error, not the end") {
    const Signals signals;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    close(ends[0]);
    CHECK(write(ends[1], "x", 1) == -1);
    CHECK(errno == EPIPE);
    close(ends[1]);
  }

  TEST_CASE("what was before is restored") {
    struct sigaction before{};
    struct sigaction after{};
    sigset_t mask_before;
    sigset_t mask_after;
    sigaction(SIGPIPE, nullptr, &before);
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
    {
      const Signals signals;
    }
    sigaction(SIGPIPE, nullptr, &after);
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
    CHECK((before.sa_handler == after.sa_handler));
    CHECK(sigismember(&mask_before, SIGTERM) == sigismember(&mask_after, SIGTERM));
  }
}
