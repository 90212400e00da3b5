// Every case here fails. The cases of reaction_given_test.cpp run them, one by one, and look at
// how. The MESSAGE says how many lines below itself the failure must point.
#include <doctest/doctest.h>

#include "tidemark/testing/reaction_given.hpp"
#include "unit/testing/samples.hpp"
#include "unit/testing/words.hpp"

using namespace counter::v1;
using namespace tally::v1;
using samples::Prize;
using tidemark::testing::given_reaction;

TEST_CASE("another reaction") {
  MESSAGE("+1");
  given_reaction<Prize>().when_closed(points("c1", 3)).then(add(4));
}

TEST_CASE("a reaction where none is expected") {
  // clang-format off
  MESSAGE("+3");
  given_reaction<Prize>()
      .when_closed(points("c1", 3))
      .then_nothing();
  // clang-format on
}

TEST_CASE("a reaction that nobody looks at before the next window") {
  // clang-format off
  MESSAGE("+2");
  given_reaction<Prize>()
      .when_closed(points("c1", 3))
      .when_closed(points("c1", 4))
      .then(add(1));
  // clang-format on
}

TEST_CASE("a reaction that nobody looks at before the end") {
  MESSAGE("+1");
  static_cast<void>(given_reaction<Prize>().when(ended("c1")));
}

TEST_CASE("a reaction that sends what it does not declare") {
  MESSAGE("+1");
  given_reaction<Prize>().when(Struck()).then_nothing();
}

TEST_CASE("a reaction that looks elsewhere") {
  MESSAGE("+1");
  given_reaction<Prize>().when(scored("c1", 1)).then_nothing();
}

TEST_CASE("a reaction that fails") {
  MESSAGE("+1");
  given_reaction<Prize>().when(scored("c1", -1)).then_nothing();
}
