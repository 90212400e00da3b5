#include <doctest/doctest.h>
#include <fmt/format.h>

#include "golden/golden.hpp"
#include "tidemark/aggregate/context.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark {
namespace {

using golden::expect_golden;
using golden::hex_lines;

const auto parent = Uuid::parse("0193a2b4-c5d6-7e8f-9a0b-1c2d3e4f5a6b").value();

TEST_SUITE("golden/ids") {
  TEST_CASE("a seed gives the same numbers for ever") {
    SeededRandom random(42);
    std::string text;
    for (int i = 0; i < 8; ++i) text += fmt::format("{:016x}\n", random.next());
    for (const std::uint64_t bound : {1ULL, 2ULL, 3ULL, 1000ULL, 1ULL << 63}) {
      text += fmt::format("{}\n", random.below(bound));
    }
    expect_golden("seeded_random", text);
  }

  TEST_CASE("an id made of a time and a seed is the same for ever") {
    SeededRandom random(7);
    const auto time = UtcTime::from_micros(1'790'000'000'123'456);
    expect_golden("uuid_version7", to_string(Uuid::version7(time, random)) + '\n');
  }

  TEST_CASE("an id that follows from another is the same for ever") {
    expect_golden("derived_ids",
                  fmt::format("{}\n{}\n{}\n", to_string(security::derive(parent, {})),
                              to_string(security::derive(parent, {"saga", "1"})),
                              to_string(security::derive(parent, {"sag", "a1"}))));
  }

  TEST_CASE("the ids and numbers that a command may use are the same for ever") {
    const Context context({.command_id = CommandId(parent),
                           .event_time = UtcTime::from_micros(1'790'000'000'123'456)});
    expect_golden("context",
                  fmt::format("{}\n{}\n{:016x}\n{:016x}\n", to_string(context.id(0)),
                              to_string(context.id(1)), context.random(0), context.random(1)));
  }

  TEST_CASE("a digest is the same for ever") {
    security::Hasher hasher;
    const auto fed = hasher.raw("raw").text("text").number(258).finish();
    expect_golden("digests", hex_lines(security::as_bytes(security::digest(""))) +
                                 hex_lines(security::as_bytes(security::digest("abc"))) +
                                 hex_lines(security::as_bytes(fed)));
  }
}

}  // namespace
}  // namespace tidemark
