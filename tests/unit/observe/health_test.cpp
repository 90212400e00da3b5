#include "tidemark/observe/health.hpp"

#include <doctest/doctest.h>

using namespace tidemark::observe;
using tidemark::ManualClock;
using tidemark::Problem;

TEST_SUITE("observe/health") {
  TEST_CASE("without components all is well") {
    const ManualClock clock;
    CHECK(Health(clock).snapshot().overall == HealthState::ok);
  }

  TEST_CASE("the whole is as bad as its worst component") {
    const ManualClock clock;
    Health health(clock);
    health.set_ok("store");
    health.set_degraded("relay", {.code = "kafka.down", .field = "", .message = "m", .hint = "h"});
    CHECK(health.snapshot().overall == HealthState::degraded);
    health.set_failed("feed", {.code = "feed.poison", .field = "", .message = "m", .hint = "h"});
    const auto snapshot = health.snapshot();
    CHECK(snapshot.overall == HealthState::failed);
    REQUIRE(snapshot.components.size() == 3);
    CHECK(snapshot.components[0].component == "feed");
    CHECK(snapshot.components[0].problem->code == "feed.poison");
    CHECK_FALSE(snapshot.components[2].problem.has_value());
  }

  TEST_CASE("since says when a component entered its state, not when it last said so") {
    ManualClock clock;
    Health health(clock);
    health.set_ok("relay");
    clock.advance(std::chrono::seconds(5));
    health.set_ok("relay");
    CHECK(health.snapshot().components[0].since == tidemark::UtcTime());
    health.set_degraded("relay", {});
    CHECK(health.snapshot().components[0].since == clock.now());
  }

  TEST_CASE("a component that recovered has no problem, and one that is gone is forgotten") {
    const ManualClock clock;
    Health health(clock);
    health.set_failed("relay", {});
    health.set_ok("relay");
    CHECK_FALSE(health.snapshot().components[0].problem.has_value());
    health.remove("relay");
    health.remove("never there");
    CHECK(health.snapshot().components.empty());
  }

  TEST_CASE("states have names") {
    CHECK(to_string(HealthState::ok) == "ok");
    CHECK(to_string(HealthState::degraded) == "degraded");
    CHECK(to_string(HealthState::failed) == "failed");
  }
}
