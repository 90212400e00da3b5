#include "tidemark/testing/reaction_given.hpp"

#include <doctest/doctest.h>

#include "unit/testing/failing.hpp"
#include "unit/testing/samples.hpp"
#include "unit/testing/words.hpp"

using namespace counter::v1;
using namespace tally::v1;
using failing::failure_of;
using failing::holds;
using samples::Prize;
using tidemark::testing::event;
using tidemark::testing::given_reaction;

TEST_SUITE("testing/given_reaction") {
  TEST_CASE("commands on a closed window are found as they are") {
    given_reaction<Prize>().when_closed(points("c1", 3)).then(add(3));
  }

  TEST_CASE("the same window again is its next revision, another one is not") {
    given_reaction<Prize>()
        .when_closed(points("c1", 3))
        .then(add(3))
        .when_closed(points("c1", 5))
        .then(add(2));
    auto story = given_reaction<Prize>();
    story.when_closed(points("c2", 3)).then(std::vector{add_to("c2", 3)});
    story.when_closed(points("c1", 5)).then(add(5));
  }

  TEST_CASE("an event may say when it happened") {
    given_reaction<Prize>().when(ended("c1")).then(reset());
    given_reaction<Prize>().when(event(ended("c1"), midnight)).then_nothing();
  }

  TEST_CASE("commands that differ are shown field by field at the test's line") {
    holds(failure_of("another reaction"), "modified: amount: 4 -> 3");
    holds(failure_of("a reaction where none is expected"),
          "command 1: one too many\n   + counter.v1.Add");
  }

  TEST_CASE("commands that nobody looked at fail at their input") {
    holds(failure_of("a reaction that nobody looks at before the next window"),
          "nobody looked at counter.v1.Add");
    holds(failure_of("a reaction that nobody looks at before the end"),
          "nobody looked at counter.v1.Reset");
  }

  TEST_CASE("a command that the reaction does not declare fails") {
    holds(failure_of("a reaction that sends what it does not declare"),
          "counter.v1.Noop is not among the reaction's Commands: counter.v1.Add, counter.v1.Reset");
  }

  TEST_CASE("a reaction that sends something else when asked again fails") {
    holds(failure_of("a reaction that looks elsewhere"), "it sent other commands");
  }

  TEST_CASE("a reaction that throws fails at its input") {
    holds(failure_of("a reaction that fails"), "it failed: negative points");
  }
}
