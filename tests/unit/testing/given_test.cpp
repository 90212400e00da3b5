#include "tidemark/testing/given.hpp"

#include <doctest/doctest.h>

#include <string>

#include "counter.hpp"
#include "unit/testing/failing.hpp"
#include "unit/testing/words.hpp"

using namespace counter::v1;
using failing::failure_of;
using failing::holds;
using tidemark::CommandId;
using tidemark::UtcTime;
using tidemark::Uuid;
using tidemark::testing::given;

namespace witness {

/// Emits what it sees of its context: time, and whether two commands had one id.
struct Witness {
  using Commands = tidemark::List<Add>;
  using Events = tidemark::List<Added>;
  static constexpr std::string_view category = "witness";
  static std::string_view id(const Add& command) { return command.counter_id(); }
};

void evolve(Witness&, const Added&) {}

tidemark::Decision decide(const Witness&, const Add&, const tidemark::Context& context) {
  auto event = added(context.event_time().micros());
  event.set_counter_id(to_string(context.command_id()));
  return tidemark::emit(event);
}

Added seen(const CommandId& id, std::int64_t micros) {
  auto event = added(micros);
  event.set_counter_id(to_string(id));
  return event;
}

}  // namespace witness

TEST_SUITE("testing/given") {
  TEST_CASE("events, nothing and rejections are found as they are") {
    given<Counter>().when(add(2)).then(added(2));
    given<Counter>(added(2)).when(Noop()).then_nothing();
    given<Counter>(added(60), added(40)).when(add(1)).then_rejected("counter.full");
    given<Counter>(added(60), was_reset(), added(40)).when(add(60)).then(added(60));
  }

  TEST_CASE("past and expectation may be lists") {
    const std::vector<Added> past(99, added(1));
    given<Counter>(past).when(add(2)).then_rejected("counter.full");
    given<Counter>(was_reset(), past, added(1)).when(add(1)).then_rejected("counter.full");
    given<Counter>(past).when(add(1)).then(std::vector{added(1)});
  }

  TEST_CASE("a command given twice is decided on what the first one did") {
    given<Counter>().when(add(60)).when(add(60)).then_rejected("counter.full");
    given<Counter>().when(add(60)).then(added(60)).when(add(40)).then(added(40));
  }

  TEST_CASE("a story may be told in parts") {
    auto story = given<Counter>(added(50));
    story.when(add(51)).then_rejected("counter.full");
    story.when(add(50)).then(added(50));
    story.when(add(1)).then_rejected("counter.full");
  }

  TEST_CASE("the command's id and event time are the test's") {
    const CommandId id(Uuid::parse("0190a5b4-0000-7000-8000-000000000001").value());
    given<witness::Witness>()
        .at(UtcTime::from_micros(17))
        .with_command_id(id)
        .when(add(1))
        .then(witness::seen(id, 17));
  }

  TEST_CASE("a value that differs is shown field by field at the test's line") {
    const auto output = failure_of("another value");
    holds(output, "modified: amount: 3 -> 2");
    holds(output, "- counter.v1.Added { counter_id: \"c1\" amount: 3 }");
    holds(output, "+ counter.v1.Added { counter_id: \"c1\" amount: 2 }");
    failure_of("another value in a chain of lines");
  }

  TEST_CASE("events of another type, too few and too many are told apart") {
    holds(failure_of("another type"), "event 1: another type");
    const auto few = failure_of("one event too few is expected");
    holds(few, "event 1: one too many\n   + counter.v1.WasReset { counter_id: \"c1\" }");
    const auto many = failure_of("one event too many is expected");
    holds(many, "event 2: missing\n   - counter.v1.Added { counter_id: \"c1\" amount: 7 }");
    CHECK(many.find("event 1") == std::string::npos);
  }

  TEST_CASE("an outcome of another kind says what came instead") {
    holds(failure_of("events are expected of a rejection"),
          "expected events, got rejected \"counter.full\": at most 100");
    holds(failure_of("nothing is expected of an event"),
          "expected nothing, got events\n   + counter.v1.Added");
    holds(failure_of("a rejection is expected of nothing"),
          "expected rejected \"counter.full\", got nothing");
    holds(failure_of("another rejection is expected"),
          "expected rejected \"counter.empty\", got rejected \"counter.full\"");
  }

  TEST_CASE("an event that the aggregate does not name fails, given or emitted") {
    for (const char* name : {"a stranger in the past", "a stranger is emitted"}) {
      holds(failure_of(name), "the aggregate's Events do not name counter.v1.Stranger");
    }
  }

  TEST_CASE("a rejection on the way that nobody looked at fails at its command") {
    holds(failure_of("a rejection that nobody looks at"), "nobody looked at this: rejected");
  }

  TEST_CASE("a decision that is another one when asked again fails") {
    holds(failure_of("an impure decision"), "decide is not pure");
  }
}
