#include "tidemark/runtime/retry.hpp"

#include <doctest/doctest.h>

using namespace tidemark::runtime;
using std::chrono::seconds;
using tidemark::Micros;
using tidemark::SeededRandom;

TEST_SUITE("runtime/retry") {
  TEST_CASE("three attempts have two waits in between, the second twice as long") {
    SeededRandom random(1);
    Backoff backoff({.jitter_percent = 0});
    CHECK(backoff.next(random) == seconds(1));
    CHECK(backoff.next(random) == seconds(2));
    CHECK(backoff.next(random) == std::nullopt);
    CHECK(backoff.failures() == 3);
  }

  TEST_CASE("waits stop growing at their maximum, for ever") {
    SeededRandom random(1);
    Backoff backoff({.attempts = RetryPolicy::for_ever, .max = seconds(5), .jitter_percent = 0});
    std::optional<Micros> wait;
    for (int failure = 0; failure < 100; ++failure) wait = backoff.next(random);
    CHECK(wait == seconds(5));
  }

  TEST_CASE("the largest waits do not overflow") {
    SeededRandom random(1);
    Backoff backoff({.attempts = RetryPolicy::for_ever,
                     .first = Micros::max() / 2,
                     .factor = 1'000'000,
                     .max = Micros::max(),
                     .jitter_percent = 100});
    for (int failure = 0; failure < 10; ++failure) {
      const auto wait = backoff.next(random);
      REQUIRE(wait.has_value());
      CHECK(wait->count() >= 0);
    }
  }

  TEST_CASE("a first wait beyond the maximum is the maximum") {
    SeededRandom random(1);
    Backoff backoff({.first = seconds(9), .max = seconds(2), .jitter_percent = 0});
    CHECK(backoff.next(random) == seconds(2));
  }

  TEST_CASE("jitter only shortens, by no more than its share, and repeats itself from a seed") {
    SeededRandom one(7);
    SeededRandom other(7);
    const RetryPolicy policy{.attempts = RetryPolicy::for_ever, .factor = 1, .jitter_percent = 20};
    Backoff a(policy);
    Backoff b(policy);
    bool differs = false;
    for (int failure = 0; failure < 200; ++failure) {
      const auto wait = a.next(one);
      REQUIRE(wait.has_value());
      CHECK(*wait <= seconds(1));
      CHECK(*wait >= std::chrono::milliseconds(800));
      CHECK(b.next(other) == wait);
      differs = differs || *wait != seconds(1);
    }
    CHECK(differs);
  }

  TEST_CASE("after a success the next failure is a first one again") {
    SeededRandom random(1);
    Backoff backoff({.jitter_percent = 0});
    CHECK(backoff.next(random) == seconds(1));
    backoff.reset();
    CHECK(backoff.failures() == 0);
    CHECK(backoff.next(random) == seconds(1));
  }
}
