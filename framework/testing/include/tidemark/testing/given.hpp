#pragma once

#include <concepts>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include "tidemark/aggregate.hpp"
#include "tidemark/testing/event_list.hpp"

namespace tidemark::testing {

namespace detail {

/// The part of a `Given` that does not depend on the aggregate's type. What is wrong becomes a
/// failed doctest check at `where`.
class Script {
 public:
  void set_event_time(UtcTime event_time) { event_time_ = event_time; }
  void set_command_id(CommandId id) { command_id_ = id; }

  /// What surrounds the next command.
  Context next_context();
  /// Keeps what was decided; `again` is what the same `decide` answered when it was asked again.
  void decided(Decision decision, const Decision& again, std::source_location where);
  [[nodiscard]] const Decision& decision() const { return decision_; }

  void expect_events(const EventList& expected);
  void expect_nothing(std::source_location where);
  void expect_rejection(std::string_view code, std::source_location where);
  void expect_known(Folded folded, const google::protobuf::Message& event,
                    std::source_location where);

 private:
  UtcTime event_time_ = test_time;
  std::optional<CommandId> command_id_;
  std::uint64_t commands_ = 0;
  Decision decision_;
  std::source_location decided_at_;
  bool unseen_ = false;
};

}  // namespace detail

/// An aggregate with a past, to be given commands. Made by `given`.
///
/// Calls only `decide` and `evolve`: no store, no clock, no thread. Each command is decided twice
/// on the same state, and must be answered alike both times. What does not come out as written is a
/// failed doctest check at the line of the test, and the test goes on.
template <Aggregate State>
class Given {
 public:
  Given() { check_aggregate<State>(); }
  explicit Given(const EventList& past) : Given() { apply(past.events(), past.where()); }

  /// The event time of the commands from here on; without it, 2026-01-01T00:00:00Z.
  Given& at(UtcTime event_time) {
    script_.set_event_time(event_time);
    return *this;
  }
  /// The id of the commands from here on; without it, each command has another, always the same one
  /// in the same place. This is what `context.id(n)` and `context.random(n)` follow from.
  Given& with_command_id(CommandId id) {
    script_.set_command_id(id);
    return *this;
  }

  /// Decides `command` and applies what it emits, so that another command can follow: a command
  /// given twice is `.when(c).when(c)`. A rejection that no `then_rejected` looked at fails when
  /// the next command comes.
  template <typename Command>
  [[nodiscard]] Given& when(const Command& command,
                            std::source_location where = std::source_location::current()) {
    tidemark::detail::require_command<State, Command>();
    // Without a `decide`, the error that names the pair must be the only one.
    if constexpr (tidemark::detail::Decides<State, Command>) {
      const auto context = script_.next_context();
      auto decision = decide(std::as_const(state_), command, context);
      script_.decided(std::move(decision), decide(std::as_const(state_), command, context), where);
      apply(script_.decision().events(), where);
    }
    return *this;
  }

  /// The last command emitted exactly these events, in this order.
  template <std::convertible_to<EventList>... More>
  Given& then(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.expect_events(first);
    return *this;
  }
  /// The last command was accepted and changed nothing.
  Given& then_nothing(std::source_location where = std::source_location::current()) {
    script_.expect_nothing(where);
    return *this;
  }
  /// The last command was refused with this code.
  Given& then_rejected(std::string_view code,
                       std::source_location where = std::source_location::current()) {
    script_.expect_rejection(code, where);
    return *this;
  }

 private:
  void apply(const Events& events, std::source_location where) {
    for (const auto& event : events) {
      script_.expect_known(tidemark::fold(state_, *event), *event, where);
    }
  }

  State state_ = State();
  detail::Script script_;
};

/// Begins a test of an aggregate that nothing has happened to yet.
template <Aggregate State>
Given<State> given() {
  return Given<State>();
}

/// Begins a test of an aggregate to which these events have happened, in this order:
///
///     given<Campaign>(opened("c1"), funded("c1", 100))
///         .when(spend("c1", 100))
///         .then(spent("c1", 100), exhausted("c1", 100));
///
/// Each argument is a message or a vector of messages. An event that the aggregate does not name
/// fails the test.
template <Aggregate State, std::convertible_to<EventList>... More>
Given<State> given(EventList&& first, const More&... more) {
  (first.append(EventList(more)), ...);
  return Given<State>(first);
}

}  // namespace tidemark::testing
