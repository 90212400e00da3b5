#include "tidemark/testing/saga_given.hpp"

#include <doctest/doctest.h>

#include "unit/testing/failing.hpp"
#include "unit/testing/samples.hpp"
#include "unit/testing/words.hpp"

using namespace counter::v1;
using namespace std::chrono_literals;
using failing::failure_of;
using failing::holds;
using samples::Emptying;
using tidemark::testing::given_saga;

TEST_SUITE("testing/given_saga") {
  TEST_CASE("commands, states and data are found as they are") {
    given_saga<Emptying>()
        .when(added(3))
        .then_sends_nothing()
        .in_state("idle")
        .with_data(total_of(3))
        .when(added(7))
        .then_sends(about<Noop>())
        .in_state("draining")
        .with_data(total_of(10));
  }

  TEST_CASE("events may be handed in together") {
    given_saga<Emptying>().when(added(3), added(7)).then_sends(about<Noop>());
    given_saga<Emptying>().when(std::vector{added(9), added(1)}).then_sends(about<Noop>());
  }

  TEST_CASE("what is sent on the way need not be looked at") {
    given_saga<Emptying>().received(added(10)).when(was_reset()).then_sends(about<Misbehave>());
  }

  TEST_CASE("accepted commands lead on") {
    given_saga<Emptying>().received(added(10), was_reset()).in_state("done").then_finished();
  }

  TEST_CASE("refused commands lead on, and accepted ones are taken back") {
    given_saga<Emptying>()
        .refusing<Misbehave>("counter.odd")
        .received(added(10))
        .when(was_reset())
        .then_sends(about<Misbehave>())
        .then_compensates(reset())
        .in_state("failed")
        .then_finished();
  }

  TEST_CASE("a command may be refused once and accepted later") {
    given_saga<Emptying>()
        .refusing<Noop>("no")
        .accepting<Noop>()
        .when(added(10))
        .then_sends(about<Noop>())
        .in_state("draining");
  }

  TEST_CASE("what cannot go on is suspended, with its reason") {
    given_saga<Emptying>()
        .refusing<Noop>("no")
        .when(added(10))
        .then_sends(about<Noop>())
        .then_suspended("saga.unexpected_rejection")
        .when(was_reset())
        .then_sends_nothing()
        .in_state("draining");
  }

  TEST_CASE("timers fire when their time has come and not before") {
    given_saga<Emptying>()
        .received(added(10))
        .after(59min)
        .then_sends_nothing()
        .after(1min)
        .then_sends(about<Add>())
        .after(24h)
        .then_sends_nothing();
  }

  TEST_CASE("an event that no row takes is ignored") {
    given_saga<Emptying>().received(added(1)).when(was_reset()).then_ignored().in_state("idle");
    given_saga<Emptying>().when(was_reset()).then_ignored();
  }

  TEST_CASE("a story may be told in parts, and moved") {
    auto begun = given_saga<Emptying>();
    begun.received(added(10));
    auto story = std::move(begun);
    story.when(was_reset()).then_sends(about<Misbehave>());
    story.in_state("done");
  }

  TEST_CASE("commands that differ are shown field by field at the test's line") {
    const auto output = failure_of("another command");
    holds(output, "command 1: counter.v1.Noop");
    holds(output, "modified: counter_id: \"c2\" -> \"c1\"");
    holds(failure_of("another command in a chain of lines"), "command 1: another type");
    holds(failure_of("a command where none is expected"), "it sent\n   + counter.v1.Noop");
    holds(failure_of("no command where one is expected"), "command 1: missing");
    holds(failure_of("nothing was taken back"), "command 1: missing\n   - counter.v1.Reset");
    holds(failure_of("a timer fires that was not to"), "it sent\n   + counter.v1.Add");
  }

  TEST_CASE("what nobody looked at fails at the step that did it") {
    for (const char* name : {"a command that nobody looks at before the next event",
                             "a command that nobody looks at before the end"}) {
      holds(failure_of(name), "nobody looked at what it sent\n   + counter.v1.Noop");
    }
    holds(failure_of("a suspension that nobody looks at"),
          "nobody looked at this: it is suspended, \"saga.unexpected_rejection\"");
    holds(failure_of("a suspension on the way"), "on the way it was suspended");
  }

  TEST_CASE("states and data that differ say what they are") {
    holds(failure_of("another state"), "it is in state 'idle'");
    holds(failure_of("a state that does not exist"), "the table has no state 'drained'");
    holds(failure_of("a state of what has not begun"), "it has not begun");
    holds(failure_of("other data"), "modified: total: 2 -> 1");
    holds(failure_of("an end that is none"), "it is running in state 'idle'");
    holds(failure_of("a row takes what was to be ignored"), "a row took it");
    holds(failure_of("a suspension that is none"),
          "expected suspended \"saga.unexpected_rejection\", it is running");
  }

  TEST_CASE("an event that is not for this instance fails") {
    holds(failure_of("an event of another instance"), "it belongs to instance 'c2', this is 'c1'");
    holds(failure_of("an event that belongs to no instance"), "it belongs to no instance");
    holds(failure_of("an event that no row takes"),
          "no row of the saga's table takes counter.v1.AddedV1");
  }

  TEST_CASE("an action that answers otherwise when it runs again fails") {
    holds(failure_of("an action that looks elsewhere"), "was handled twice, and not alike");
  }
}
