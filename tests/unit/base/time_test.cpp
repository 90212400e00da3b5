#include "tidemark/base/time.hpp"

#include <doctest/doctest.h>

using tidemark::parse_utc_time;
using tidemark::UtcTime;

TEST_SUITE("base/time") {
  TEST_CASE("a time survives text and back") {
    for (const std::int64_t micros :
         {0LL, 1LL, 1'795'237'362'000'001LL, 253'402'300'799'999'999LL}) {
      const auto time = UtcTime::from_micros(micros);
      CHECK(parse_utc_time(to_string(time)) == time);
    }
    CHECK(to_string(UtcTime::from_micros(1'795'237'362'000'001)) == "2026-11-21T05:02:42.000001Z");
  }

  TEST_CASE("an offset is taken to UTC and digits beyond microseconds are cut off") {
    CHECK(parse_utc_time("2026-11-21T07:02:42.0000019+02:00") ==
          parse_utc_time("2026-11-21T05:02:42.000001Z"));
  }

  TEST_CASE("what is no time is no time") {
    for (const char* text : {"", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z",
                             "2026-11-21T00:00:00", "2026-11-21T00:00:00.Z", "1969-12-31T23:59:59Z",
                             "2026-11-21T00:00:00Zx", "2026-11-21T00:00:00+2:00"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_utc_time(text).has_value());
    }
  }

  TEST_CASE("floor finds the interval's start on both sides of the epoch") {
    const auto minute = std::chrono::minutes(1);
    CHECK(floor(UtcTime::from_micros(61'000'000), minute) == UtcTime::from_micros(60'000'000));
    CHECK(floor(UtcTime::from_micros(60'000'000), minute) == UtcTime::from_micros(60'000'000));
    CHECK(floor(UtcTime::from_micros(-1), minute) == UtcTime::from_micros(-60'000'000));
  }
}
