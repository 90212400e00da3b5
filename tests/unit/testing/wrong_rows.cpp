// Every case here fails. The cases of projection_given_test.cpp run them, one by one, and look at
// how. The MESSAGE says how many lines below itself the failure must point.
#include <doctest/doctest.h>

#include "tidemark/testing/projection_given.hpp"
#include "unit/testing/samples.hpp"
#include "unit/testing/words.hpp"

using namespace tally::v1;
using samples::Scores;
using tidemark::testing::closed;
using tidemark::testing::event;
using tidemark::testing::given_events;

TEST_CASE("another row") {
  MESSAGE("+1");
  given_events<Scores>(event(scored("ann", 3), midnight)).then_rows(points("ann", 4));
}

TEST_CASE("a row is missing") {
  // clang-format off
  MESSAGE("+3");
  given_events<Scores>(
      event(scored("ann", 3), midnight))
      .then_rows(points("ann", 3), points("bob", 1));
  // clang-format on
}

TEST_CASE("a row where none is expected") {
  MESSAGE("+1");
  given_events<Scores>(event(scored("ann", 3), midnight)).then_no_rows();
}

TEST_CASE("another window closed") {
  MESSAGE("+2");
  given_events<Scores>(event(scored("ann", 3), midnight), event(ended("ann"), midnight))
      .then_closed(closed(points("ann", 4)));
}

TEST_CASE("another revision closed") {
  MESSAGE("+2");
  given_events<Scores>(event(scored("ann", 3), midnight), event(ended("ann"), midnight))
      .then_closed(closed(points("ann", 3), 2));
}

TEST_CASE("no window was to close") {
  MESSAGE("+2");
  given_events<Scores>(event(scored("ann", 3), midnight), event(ended("ann"), midnight))
      .then_none_closed();
}

TEST_CASE("a stranger in the log") {
  // clang-format off
  MESSAGE("+3");
  given_events<Scores>(
      event(scored("ann", 3), midnight),
      event(Struck(), midnight))
      .then_rows(points("ann", 3));
  // clang-format on
}

TEST_CASE("a handler that throws") {
  MESSAGE("+1");
  given_events<Scores>(event(scored("ann", -1), midnight)).then_no_rows();
}

TEST_CASE("a handler that looks elsewhere") {
  MESSAGE("+1");
  given_events<Scores>(event(scored("cheat", 1), midnight)).then_none_closed();
}
