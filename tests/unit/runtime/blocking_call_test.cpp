#include "tidemark/runtime/blocking_call.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

using tidemark::runtime::BlockingCall;

TEST_SUITE("runtime/blocking_call") {
  TEST_CASE("a call runs on another thread, and what it wrote can be read when it is idle again") {
    BlockingCall call("test");
    CHECK(call.is_idle());
    for (int round = 0; round < 100; ++round) {
      int written = 0;
      std::thread::id who;
      call.start([&] {
        written = round + 1;
        who = std::this_thread::get_id();
      });
      while (!call.is_idle()) std::this_thread::yield();
      CHECK(written == round + 1);
      CHECK(who != std::this_thread::get_id());
    }
  }

  TEST_CASE("who waits comes back when the call did, and at once when there is none") {
    BlockingCall call("test");
    call.wait();
    int written = 0;
    for (int round = 1; round <= 1'000; ++round) {
      call.start([&] { written = round; });
      call.wait();
      CHECK(written == round);
      CHECK(call.is_idle());
    }
  }

  TEST_CASE("what a call throws is thrown to who waits, once") {
    BlockingCall call("test");
    call.start([] { throw std::runtime_error("no"); });
    CHECK_THROWS_WITH(call.wait(), "no");
    call.wait();
    call.start([] {});
    call.wait();
  }

  TEST_CASE("starting a call does not wait for it, and going does") {
    std::promise<void> gate;
    auto opened = gate.get_future();
    bool has_ended = false;
    {
      BlockingCall call("test");
      call.start([&] {
        opened.wait();
        has_ended = true;
      });
      CHECK_FALSE(call.is_idle());
      gate.set_value();
    }
    CHECK(has_ended);
  }
}
