#include "tidemark/app/input_gate.hpp"

#include <doctest/doctest.h>

using namespace tidemark;

namespace {

constexpr Micros minute = std::chrono::minutes(1);
const auto noon = *parse_utc_time("2026-11-01T12:00:00Z");

struct Gated {
  bool admit(UtcTime time) { return gate.admit(time); }

  ManualClock machine{*parse_utc_time("2030-01-01T00:00:00Z")};
  app::InputClock clock{machine};
  bool quiet = true;
  std::optional<UtcTime> timer;
  app::InputGate gate{clock,
                      {.tick = std::chrono::hours(1),
                       .quiet = [this] { return quiet; },
                       .next_timer = [this] { return timer; },
                       .moved = [this] { quiet = false; }}};
};

}  // namespace

TEST_SUITE("app/input_gate") {
  TEST_CASE("before the first line the time is the machine's, then the highest of the input") {
    Gated gated;
    CHECK(gated.clock.now() == gated.machine.now());
    CHECK(gated.admit(noon));
    CHECK(gated.clock.now() == noon);
    CHECK(gated.admit(noon - minute));
    CHECK(gated.clock.now() == noon);
    CHECK(gated.admit(noon + minute));
    CHECK(gated.clock.now() == noon + minute);
  }

  TEST_CASE("waiting is real, whatever the input says") {
    Gated gated;
    CHECK(gated.admit(noon));
    const auto before = gated.clock.monotonic();
    CHECK(gated.admit(noon + minute));
    CHECK(gated.clock.monotonic() == before);
    gated.machine.advance(minute);
    CHECK(gated.clock.monotonic() == before + minute);
  }

  TEST_CASE("within a tick nothing is waited for, into the next one everything is") {
    Gated gated;
    CHECK(gated.admit(noon));
    gated.quiet = false;
    CHECK(gated.admit(noon + 59 * minute));
    CHECK_FALSE(gated.admit(noon + 60 * minute));
    CHECK(gated.clock.now() == noon + 59 * minute);
    gated.quiet = true;
    CHECK(gated.admit(noon + 60 * minute));
    CHECK(gated.clock.now() == noon + 60 * minute);
  }

  TEST_CASE("time stops at each timer on the way until everybody has looked") {
    Gated gated;
    CHECK(gated.admit(noon));
    for (const auto due : {noon + 90 * minute, noon + 100 * minute}) {
      gated.timer = due;
      gated.quiet = true;
      CHECK_FALSE(gated.admit(noon + 600 * minute));
      CHECK(gated.clock.now() == due);
      CHECK_FALSE(gated.admit(noon + 600 * minute));  // nobody has seen what time it is
      CHECK(gated.clock.now() == due);
    }
    gated.timer.reset();
    gated.quiet = true;
    CHECK(gated.admit(noon + 600 * minute));
  }
}
