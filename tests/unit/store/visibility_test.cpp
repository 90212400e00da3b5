#include "tidemark/store/visibility.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <thread>

namespace tidemark::store {
namespace {

TEST_SUITE("store/visibility") {
  TEST_CASE("the high-water mark only grows") {
    Visibility visibility;
    CHECK(visibility.raise(Position(5)));
    CHECK_FALSE(visibility.raise(Position(5)));
    CHECK_FALSE(visibility.raise(Position(4)));
    CHECK(visibility.high_water() == Position(5));
  }

  TEST_CASE("a move is announced once, by whoever comes first") {
    Visibility visibility;
    int calls = 0;
    const auto listening = visibility.listen([&] { ++calls; });
    visibility.announce();
    CHECK(calls == 0);
    visibility.raise(Position(2));
    visibility.announce();
    visibility.announce();
    CHECK(calls == 1);
  }

  TEST_CASE("who stops listening is not called any more, even while it is called") {
    Visibility visibility;
    std::atomic<bool> inside{false};
    std::atomic<bool> leave{false};
    std::atomic<bool> gone{false};
    std::optional<Listening> listening = visibility.listen([&] {
      CHECK_FALSE(gone);
      inside = true;
      inside.notify_all();
      leave.wait(false);
    });
    visibility.raise(Position(1));
    std::thread announcer([&] { visibility.announce(); });
    inside.wait(false);
    std::thread stopper([&] {
      listening.reset();
      gone = true;
    });
    leave = true;
    leave.notify_all();
    stopper.join();
    announcer.join();
    CHECK(gone);
    visibility.raise(Position(2));
    visibility.announce();
  }

  TEST_CASE("a listener may go after the store") {
    Listening listening;
    int calls = 0;
    {
      Visibility visibility;
      listening = visibility.listen([&] { ++calls; });
      visibility.raise(Position(1));
      visibility.announce();
    }
    listening = Listening();
    CHECK(calls == 1);
  }
}

}  // namespace
}  // namespace tidemark::store
