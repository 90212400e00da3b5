#include "tidemark/runtime/units.hpp"

#include <doctest/doctest.h>

using namespace tidemark::runtime;
using tidemark::Micros;

TEST_SUITE("runtime/units") {
  TEST_CASE("durations are read with their unit and written in the largest that keeps them whole") {
    CHECK(parse_duration("250us") == Micros(250));
    CHECK(parse_duration("200ms") == std::chrono::milliseconds(200));
    CHECK(parse_duration("5s") == std::chrono::seconds(5));
    CHECK(parse_duration("90m") == std::chrono::minutes(90));
    CHECK(parse_duration("7d") == std::chrono::hours(7 * 24));
    CHECK(parse_duration("0") == Micros(0));
    CHECK(format_duration(Micros(250)) == "250us");
    CHECK(format_duration(std::chrono::milliseconds(1500)) == "1500ms");
    CHECK(format_duration(std::chrono::minutes(120)) == "2h");
    CHECK(format_duration(Micros(0)) == "0s");
  }

  TEST_CASE("sizes are read in powers of two") {
    CHECK(parse_size("16MiB") == 16 * 1024 * 1024);
    CHECK(parse_size("900KiB") == 921'600);
    CHECK(parse_size("1500") == 1500);
    CHECK(format_size(921'600) == "900KiB");
    CHECK(format_size(1500) == "1500B");
    CHECK(format_size(0) == "0B");
  }

  TEST_CASE("what is no quantity, or too large to be one, is none") {
    for (const char* text : {"", "s", "5", "-5s", "5 s", "5.5s", "5sec", "5S", "9999999999999d"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_duration(text).has_value());
    }
    for (const char* text : {"", "MiB", "-1", "5MB", "5 MiB", "0x10", "9999999999TiB"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_size(text).has_value());
    }
  }
}
