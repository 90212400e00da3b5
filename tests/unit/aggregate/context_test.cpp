#include <doctest/doctest.h>

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <set>

using tidemark::CommandId;
using tidemark::Context;
using tidemark::UtcTime;
using tidemark::Uuid;

namespace {

CommandId command_id(const char* last_digits) {
  return CommandId(
      Uuid::parse(std::string("0190a5b4-0000-7000-8000-00000000") + last_digits).value());
}

Context context_of(const char* last_digits, std::int64_t event_time_micros = 1'000'000) {
  return Context({.command_id = command_id(last_digits),
                  .event_time = UtcTime::from_micros(event_time_micros)});
}

}  // namespace

TEST_SUITE("aggregate/context") {
  TEST_CASE("a context answers what it was told") {
    const Context context({.command_id = command_id("0001"),
                           .event_time = UtcTime::from_micros(17),
                           .correlation_id = "talk",
                           .tenant = "acme"});
    CHECK(context.command_id() == command_id("0001"));
    CHECK(context.event_time() == UtcTime::from_micros(17));
    CHECK(context.correlation_id() == "talk");
    CHECK(context.tenant() == "acme");
  }

  TEST_CASE("the same command has the same ids and random numbers, in any order of asking") {
    const auto one = context_of("0001");
    const auto again = context_of("0001");
    const auto third = one.id(2);
    CHECK(one.id(0) == again.id(0));
    CHECK(again.id(2) == third);
    CHECK(one.random(7) == again.random(7));
    CHECK(one.random(0) == again.random(0));
  }

  TEST_CASE("the numbers of a command are the same for ever") {
    CHECK(context_of("0001").random(0) == 14853842461534603368ULL);
    CHECK(to_string(context_of("0001").id(0)) == "00000000-03e8-734b-8fa0-d0e59d2103e1");
  }

  TEST_CASE("ids and random numbers differ from ordinal to ordinal and from command to command") {
    std::set<Uuid> ids;
    std::set<std::uint64_t> numbers;
    for (const char* last_digits : {"0001", "0002", "0100", "ffff"}) {
      const auto context = context_of(last_digits);
      for (std::uint64_t n = 0; n < 250; ++n) {
        ids.insert(context.id(n));
        numbers.insert(context.random(n));
      }
    }
    CHECK(ids.size() == 1000);
    CHECK(numbers.size() == 1000);
  }

  TEST_CASE("an id carries the command's event time, so that ids sort by it") {
    CHECK(context_of("0001", 1'000'000).id(0) < context_of("0001", 2'000'000).id(0));
    CHECK(context_of("ffff", 1'000'000).id(9) < context_of("0001", 2'000'000).id(0));
  }
}
