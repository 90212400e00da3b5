// Every case here fails. The cases of given_test.cpp run them, one by one, and look at how. The
// MESSAGE says how many lines below itself the failure must point.
#include <doctest/doctest.h>

#include "counter.hpp"
#include "tidemark/testing/given.hpp"
#include "unit/testing/words.hpp"

using namespace counter::v1;
using tidemark::testing::given;

namespace moody {

/// Breaks the rule of purity: each decision is another one.
struct Moody {
  using Commands = tidemark::List<Add>;
  using Events = tidemark::List<Added>;
  static constexpr std::string_view category = "moody";
  static std::string_view id(const Add& command) { return command.counter_id(); }
  mutable std::int64_t times_asked = 0;
};

void evolve(Moody&, const Added&) {}

tidemark::Decision decide(const Moody& moody, const Add&, const tidemark::Context&) {
  return tidemark::emit(added(++moody.times_asked));
}

}  // namespace moody

TEST_CASE("another value") {
  MESSAGE("+1");
  given<Counter>(added(1)).when(add(2)).then(added(3));
}

TEST_CASE("another value in a chain of lines") {
  // clang-format off
  MESSAGE("+3");
  given<Counter>(added(1))
      .when(add(2))
      .then(added(3));
  // clang-format on
}

TEST_CASE("another type") {
  MESSAGE("+1");
  given<Counter>().when(reset()).then(added(3));
}

TEST_CASE("one event too few is expected") {
  MESSAGE("+1");
  given<Counter>().when(reset()).then(std::vector<WasReset>());
}

TEST_CASE("one event too many is expected") {
  MESSAGE("+1");
  given<Counter>().when(reset()).then(was_reset(), added(7));
}

TEST_CASE("events are expected of a rejection") {
  MESSAGE("+1");
  given<Counter>(added(100)).when(add(1)).then(added(1));
}

TEST_CASE("nothing is expected of an event") {
  MESSAGE("+1");
  given<Counter>().when(add(1)).then_nothing();
}

TEST_CASE("a rejection is expected of nothing") {
  MESSAGE("+1");
  given<Counter>().when(Noop()).then_rejected("counter.full");
}

TEST_CASE("another rejection is expected") {
  MESSAGE("+1");
  given<Counter>(added(100)).when(add(1)).then_rejected("counter.empty");
}

TEST_CASE("a stranger in the past") {
  MESSAGE("+1");
  given<Counter>(added(1), Stranger()).when(add(1)).then(added(1));
}

TEST_CASE("a stranger is emitted") {
  MESSAGE("+1");
  given<Counter>().when(Misbehave()).then(Stranger());
}

TEST_CASE("a rejection that nobody looks at") {
  // clang-format off
  MESSAGE("+2");
  given<Counter>(added(99))
      .when(add(2))
      .when(add(1))
      .then(added(1));
  // clang-format on
}

TEST_CASE("an impure decision") {
  MESSAGE("+1");
  given<moody::Moody>().when(add(1)).then(added(1));
}
