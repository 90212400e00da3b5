#include <doctest/doctest.h>

#include "feed_fixture.hpp"

using namespace feed_test;

namespace {

/// A feed that keeps what it logs.
struct Logged {
  explicit Logged(feed::FeedOptions options = {})
      : sink(std::make_shared<observe::CapturingSink>()),
        feed(world, with_log(std::move(options))) {}

  feed::FeedOptions with_log(feed::FeedOptions options) {
    options.log = observe::Logger(sink, world.clock);
    return options;
  }
  /// Lets time pass, and does what is due.
  void pass(Micros time) {
    world.clock.advance(time);
    feed.settle_down();
  }

  World world;
  std::shared_ptr<observe::CapturingSink> sink;  // shared with the feed's logger
  Feed feed;
};

}  // namespace

TEST_SUITE("feed/parking_log") {
  TEST_CASE("the first failure of a key is said and that it waits for a person") {
    Logged logged({.attempts_max = 3});
    logged.world.add("counter-b", 1);
    logged.world.add("counter-b", 2);
    logged.feed.scribe.bad = {"counter-b:1"};
    logged.feed.settle_down();
    const auto retrying = logged.sink->lines("feed.retrying");
    REQUIRE(retrying.size() == 1);
    CHECK(retrying[0].level == observe::Level::info);
    CHECK(retrying[0].field("feed") == "feed test");
    CHECK(retrying[0].field("key") == "counter-b");
    CHECK(retrying[0].field("event") == "counter counter.v1.Added at position 1");
    CHECK(retrying[0].field("reason") == "cannot take counter-b:1");
    logged.pass(std::chrono::seconds(1));
    CHECK(logged.sink->lines().size() == 1);
    logged.pass(std::chrono::seconds(2));
    const auto parked = logged.sink->lines("feed.parked");
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].level == observe::Level::warn);
    CHECK(parked[0].field("attempts") == "3");
    CHECK(parked[0].field("reason") == "cannot take counter-b:1");
    CHECK(parked[0].field("hint")->find("parked show") != std::string::npos);
    logged.pass(std::chrono::hours(1));
    CHECK(logged.sink->lines().size() == 2);
  }

  TEST_CASE("with one attempt a key is parked at once, and said to be") {
    Logged logged({.attempts_max = 1});
    logged.world.add("counter-b", 1);
    logged.feed.scribe.bad = {"counter-b:1"};
    logged.feed.settle_down();
    CHECK(logged.sink->lines("feed.retrying").empty());
    CHECK(logged.sink->lines("feed.parked").size() == 1);
  }

  TEST_CASE("that an entry was handled at last is said") {
    Logged logged;
    logged.world.add("counter-b", 1);
    logged.feed.scribe.bad = {"counter-b:1"};
    logged.feed.settle_down();
    logged.feed.scribe.bad.clear();
    logged.pass(std::chrono::seconds(1));
    const auto unparked = logged.sink->lines("feed.unparked");
    REQUIRE(unparked.size() == 1);
    CHECK(unparked[0].field("key") == "counter-b");
    CHECK(unparked[0].field("attempts") == "2");
  }
}
