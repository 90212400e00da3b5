#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tidemark/runtime/bounded_queue.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/wakeup.hpp"

using namespace tidemark::runtime;
using tidemark::Micros;
constexpr Micros long_enough = std::chrono::seconds(30);
constexpr Micros moment = std::chrono::milliseconds(1);

TEST_SUITE("runtime/wakeup") {
  TEST_CASE("a notification between the look and the wait is not lost") {
    Wakeup wakeup;
    const auto seen = wakeup.generation();
    wakeup.notify();
    CHECK(wakeup.wait(seen, long_enough));
  }

  TEST_CASE("without a notification the wait ends with its timeout") {
    Wakeup wakeup;
    CHECK_FALSE(wakeup.wait(wakeup.generation(), moment));
    CHECK_FALSE(wakeup.wait(wakeup.generation(), Micros(0)));
  }

  TEST_CASE("a stop request ends the wait") {
    Wakeup wakeup;
    bool notified = true;
    std::jthread waiter([&](const std::stop_token& stop) {
      notified = wakeup.wait(wakeup.generation(), long_enough, stop);
    });
    waiter.request_stop();
    waiter.join();
    CHECK_FALSE(notified);
  }

  TEST_CASE("every one of many threads sees every one of many notifications in the end") {
    constexpr std::uint64_t rounds = 5000;
    Wakeup wakeup;
    std::atomic<std::uint64_t> made{0};
    std::atomic<int> finished{0};
    {
      std::vector<std::jthread> waiters;
      waiters.reserve(4);
      for (int i = 0; i < 4; ++i) {
        waiters.emplace_back([&] {
          for (;;) {
            const auto seen = wakeup.generation();
            if (made.load() == rounds) break;
            if (!wakeup.wait(seen, long_enough)) return;
          }
          finished.fetch_add(1);
        });
      }
      for (std::uint64_t i = 0; i < rounds; ++i) {
        made.fetch_add(1);
        wakeup.notify();
      }
    }
    CHECK(finished.load() == 4);
  }
}

TEST_SUITE("runtime/bounded_queue") {
  TEST_CASE("items leave in the order they came") {
    BoundedQueue<int> queue(3);
    REQUIRE(queue.try_push(1));
    REQUIRE(queue.try_push(2));
    CHECK(queue.size() == 2);
    CHECK(queue.try_pop() == 1);
    CHECK(queue.try_pop() == 2);
    CHECK(queue.try_pop() == std::nullopt);
  }

  TEST_CASE("a full queue refuses an item and leaves it with its owner") {
    BoundedQueue<std::unique_ptr<int>> queue(1);
    REQUIRE(queue.try_push(std::make_unique<int>(1)));
    auto refused = std::make_unique<int>(2);
    CHECK_FALSE(queue.try_push(std::move(refused)));
    REQUIRE(refused != nullptr);
    CHECK(*refused == 2);
  }

  TEST_CASE("a closed queue takes nothing and gives what it has") {
    BoundedQueue<int> queue(2);
    REQUIRE(queue.try_push(1));
    queue.close();
    CHECK(queue.closed());
    CHECK_FALSE(queue.try_push(2));
    CHECK(queue.pop(long_enough) == 1);
    CHECK(queue.pop(long_enough) == std::nullopt);
  }

  TEST_CASE("an empty queue gives up when time is up or when it is stopped") {
    BoundedQueue<int> queue(1);
    CHECK(queue.pop(moment) == std::nullopt);
    std::stop_source source;
    source.request_stop();
    CHECK(queue.pop(long_enough, source.get_token()) == std::nullopt);
  }

  TEST_CASE("what many threads push, many threads pop, each item once") {
    constexpr int each = 2000;
    BoundedQueue<int> queue(16);
    Guarded<std::vector<int>> popped;
    {
      std::vector<std::jthread> threads;
      threads.reserve(2);
      for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
          while (const auto item = queue.pop(long_enough)) popped.lock()->push_back(*item);
        });
      }
      std::vector<std::jthread> producers;
      producers.reserve(2);
      for (int i = 0; i < 2; ++i) {
        producers.emplace_back([&, i] {
          for (int item = 0; item < each; ++item) {
            while (!queue.try_push(i * each + item)) std::this_thread::yield();
          }
        });
      }
      producers.clear();
      queue.close();
    }
    auto all = popped.copy();
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == 2 * each);
    for (int item = 0; item < 2 * each; ++item) CHECK(all[static_cast<std::size_t>(item)] == item);
  }
}

TEST_SUITE("runtime/guarded") {
  TEST_CASE("several accesses can share one lock") {
    Guarded<std::vector<int>> numbers({1, 2});
    {
      auto held = numbers.lock();
      held->push_back(3);
      held->push_back(4);
    }
    const auto& constant = numbers;
    CHECK(constant.lock()->size() == 4);
    CHECK(constant.copy() == std::vector<int>{1, 2, 3, 4});
  }
}
