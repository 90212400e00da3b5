#include <doctest/doctest.h>

#include <tidemark/aggregate.hpp>

#include <string>

#include "counter.hpp"
#include "tidemark/base/failure.hpp"

using counter::v1::Add;
using counter::v1::Added;
using counter::v1::Counter;
using counter::v1::Stranger;
using counter::v1::WasReset;
using tidemark::fold;
using tidemark::Folded;

namespace {

Added added(std::int64_t amount) {
  Added event;
  event.set_counter_id("c1");
  event.set_amount(amount);
  return event;
}

}  // namespace

/// Types that are no whole aggregate, each for another reason.
namespace incomplete {

struct Shapeless {};
struct Listless {
  static constexpr std::string_view category = "listless";
};
struct Unevolved {
  using Commands = tidemark::List<Add>;
  using Events = tidemark::List<Added>;
  static constexpr std::string_view category = "unevolved";
};

static_assert(tidemark::Aggregate<Counter>);
static_assert(!tidemark::Aggregate<Shapeless>);
static_assert(!tidemark::Aggregate<Listless>);
static_assert(tidemark::Aggregate<Unevolved>, "the pairs are looked at one by one");
static_assert(tidemark::detail::Evolves<Counter, Added>);
static_assert(!tidemark::detail::Evolves<Counter, Stranger>);
static_assert(!tidemark::detail::Evolves<Unevolved, Added>);
static_assert(tidemark::detail::Decides<Counter, Add>);
static_assert(!tidemark::detail::Decides<Counter, Stranger>);
static_assert(!tidemark::detail::Decides<Unevolved, Add>);
static_assert(tidemark::detail::Identifies<Counter, Add>);
static_assert(!tidemark::detail::Identifies<Unevolved, Add>);

}  // namespace incomplete

TEST_SUITE("aggregate/fold") {
  TEST_CASE("a stored event is applied by its type's name") {
    Counter counter;
    CHECK(fold(counter, "counter.v1.Added", added(3).SerializeAsString()) == Folded::applied);
    CHECK(fold(counter, "counter.v1.Added", added(4).SerializeAsString()) == Folded::applied);
    CHECK(counter.total == 7);
    CHECK(fold(counter, "counter.v1.WasReset", "") == Folded::applied);
    CHECK(counter.total == 0);
  }

  TEST_CASE("a message is applied as it is") {
    Counter counter;
    CHECK(fold(counter, added(3)) == Folded::applied);
    CHECK(fold(counter, WasReset()) == Folded::applied);
    CHECK(fold(counter, added(4)) == Folded::applied);
    CHECK(counter.total == 4);
  }

  TEST_CASE("an event that the aggregate does not name leaves the state as it is") {
    Counter counter{.total = 3};
    CHECK(fold(counter, "counter.v1.Stranger", "") == Folded::unknown_type);
    CHECK(fold(counter, "Added", "") == Folded::unknown_type);
    CHECK(fold(counter, Stranger()) == Folded::unknown_type);
    CHECK(counter.total == 3);
  }

  TEST_CASE("bytes that are no such message leave the state as it is") {
    Counter counter{.total = 3};
    CHECK(fold(counter, "counter.v1.Added", "\xff\xff") == Folded::bad_bytes);
    CHECK(counter.total == 3);
  }

  TEST_CASE("an aggregate that is whole passes the check") {
    tidemark::check_aggregate<Counter>();
    CHECK(Counter::Events::size == 2);
  }

  TEST_CASE("a command goes to the stream of its category and id") {
    Add command;
    command.set_counter_id("c-1");
    CHECK(tidemark::stream_of<Counter>(command).name() == "counter-c-1");
    command.clear_counter_id();
    CHECK_THROWS_AS(tidemark::stream_of<Counter>(command), tidemark::Failure);
  }
}
