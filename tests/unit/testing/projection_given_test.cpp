#include "tidemark/testing/projection_given.hpp"

#include <doctest/doctest.h>

#include "unit/testing/failing.hpp"
#include "unit/testing/samples.hpp"
#include "unit/testing/words.hpp"

using namespace tally::v1;
using failing::failure_of;
using failing::holds;
using samples::Scores;
using tidemark::testing::closed;
using tidemark::testing::event;
using tidemark::testing::given_events;

TEST_SUITE("testing/given_events") {
  TEST_CASE("rows are found in the order of their keys") {
    given_events<Scores>(event(scored("bob", 1), midnight), event(scored("ann", 3), midnight),
                         event(scored("ann", 4), midnight))
        .then_rows(points("ann", 7), points("bob", 1))
        .then_none_closed();
  }

  TEST_CASE("an empty log leaves no rows") {
    given_events<Scores>(std::vector<tidemark::testing::LogEvent>()).then_no_rows();
  }

  TEST_CASE("windows are found in the order of closing, with their revisions") {
    given_events<Scores>(event(scored("ann", 3), midnight), event(ended("ann"), midnight),
                         event(scored("ann", 1), midnight), event(ended("ann"), midnight))
        .then_rows(points("ann", 4))
        .then_closed(closed(points("ann", 3)), closed(points("ann", 4), 2));
  }

  TEST_CASE("a row that differs is shown field by field at the test's line") {
    holds(failure_of("another row"), "modified: points: 4 -> 3");
    holds(failure_of("a row is missing"), "row 2: missing\n   - tally.v1.MinuteScore");
    holds(failure_of("a row where none is expected"), "row 1: one too many");
  }

  TEST_CASE("a window that closed otherwise is shown") {
    holds(failure_of("another window closed"), "window 1: tally.v1.MinuteScore");
    holds(failure_of("another revision closed"), "it is revision 1");
    holds(failure_of("no window was to close"), "window 1: one too many");
  }

  TEST_CASE("an event that the projection does not handle fails at its own line") {
    holds(failure_of("a stranger in the log"), "the projection does not handle tally.v1.Struck");
  }

  TEST_CASE("a handler that throws fails at its event's line") {
    holds(failure_of("a handler that throws"), "event 1 failed: negative points");
  }

  TEST_CASE("a handler that comes to other rows when the event comes again fails") {
    holds(failure_of("a handler that looks elsewhere"), "delivered twice (+)");
  }
}
