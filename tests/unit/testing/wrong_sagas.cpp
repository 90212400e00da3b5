// Every case here fails. The cases of saga_given_test.cpp run them, one by one, and look at how.
// The MESSAGE says how many lines below itself the failure must point.
#include <doctest/doctest.h>

#include "tidemark/testing/saga_given.hpp"
#include "unit/testing/samples.hpp"
#include "unit/testing/words.hpp"

using namespace counter::v1;
using namespace std::chrono_literals;
using samples::Emptying;
using tidemark::testing::given_saga;

TEST_CASE("another command") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(10)).then_sends(about<Noop>("c2"));
}

TEST_CASE("another command in a chain of lines") {
  // clang-format off
  MESSAGE("+4");
  given_saga<Emptying>()
      .received(added(3))
      .when(added(7))
      .then_sends(reset())
      .in_state("draining");
  // clang-format on
}

TEST_CASE("a command where none is expected") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(10)).then_sends_nothing();
}

TEST_CASE("no command where one is expected") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).then_sends(reset());
}

TEST_CASE("a command that nobody looks at before the next event") {
  // clang-format off
  MESSAGE("+2");
  given_saga<Emptying>()
      .when(added(10))
      .when(was_reset())
      .then_sends(about<Misbehave>());
  // clang-format on
}

TEST_CASE("a command that nobody looks at before the end") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(10)).in_state("draining");
}

TEST_CASE("another state") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).in_state("draining");
}

TEST_CASE("a state that does not exist") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).in_state("drained");
}

TEST_CASE("a state of what has not begun") {
  MESSAGE("+1");
  given_saga<Emptying>().when(was_reset()).in_state("idle");
}

TEST_CASE("other data") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).with_data(total_of(2));
}

TEST_CASE("an end that is none") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).then_finished();
}

TEST_CASE("a row takes what was to be ignored") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).then_ignored();
}

TEST_CASE("a suspension that is none") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).then_suspended("saga.unexpected_rejection");
}

TEST_CASE("a suspension that nobody looks at") {
  // clang-format off
  MESSAGE("+3");
  given_saga<Emptying>()
      .refusing<Noop>("no")
      .when(added(10))
      .then_sends(about<Noop>());
  // clang-format on
}

TEST_CASE("a suspension on the way") {
  MESSAGE("+1");
  given_saga<Emptying>().refusing<Noop>("no").received(added(10)).in_state("draining");
}

TEST_CASE("nothing was taken back") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1)).then_compensates(reset());
}

TEST_CASE("an event of another instance") {
  // clang-format off
  MESSAGE("+3");
  given_saga<Emptying>()
      .received(added(1))
      .when(added(1, "c2"))
      .then_sends_nothing();
  // clang-format on
}

TEST_CASE("an event that belongs to no instance") {
  MESSAGE("+1");
  given_saga<Emptying>().when(added(1, "")).then_sends_nothing();
}

TEST_CASE("an event that no row takes") {
  MESSAGE("+1");
  given_saga<Emptying>().when(AddedV1()).then_sends_nothing();
}

TEST_CASE("an action that looks elsewhere") {
  Stranger stranger;
  stranger.set_text("c1");
  MESSAGE("+1");
  given_saga<Emptying>().when(stranger).then_sends_nothing();
}

TEST_CASE("a timer fires that was not to") {
  MESSAGE("+1");
  given_saga<Emptying>().received(added(10)).after(1h).then_sends_nothing();
}
