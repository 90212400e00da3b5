#pragma once

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

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
  /// An event must go to one of `streams`, on which it was decided.
  void expect_among(const std::vector<StreamId>& streams, const StreamId& stream,
                    std::source_location where);

 private:
  UtcTime event_time_ = test_time;
  std::optional<CommandId> command_id_;
  std::uint64_t commands_ = 0;
  Decision decision_;
  std::source_location decided_at_;
  bool unseen_ = false;
};

/// What every test of decisions can say; `Self` is the class that derives from it.
template <typename Self>
class Scripted {
 public:
  /// The event time of the commands from here on; without it, 2026-01-01T00:00:00Z.
  Self& at(UtcTime event_time) {
    script_.set_event_time(event_time);
    return self();
  }
  /// The id of the commands from here on; without it, each command has another, always the same one
  /// in the same place. This is what `context.id(n)` and `context.random(n)` follow from.
  Self& with_command_id(CommandId id) {
    script_.set_command_id(id);
    return self();
  }
  /// The last command emitted exactly these events, in this order.
  template <std::convertible_to<EventList>... More>
  Self& then(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.expect_events(first);
    return self();
  }
  /// The last command was accepted and changed nothing.
  Self& then_nothing(std::source_location where = std::source_location::current()) {
    script_.expect_nothing(where);
    return self();
  }
  /// The last command was refused with this code.
  Self& then_rejected(std::string_view code,
                      std::source_location where = std::source_location::current()) {
    script_.expect_rejection(code, where);
    return self();
  }

 private:
  friend Self;
  Scripted() = default;
  Self& self() { return static_cast<Self&>(*this); }

  Script script_;
};

/// An event that has happened, and where it was stored, if the test says so.
struct Happened {
  std::shared_ptr<const google::protobuf::Message> event;  ///< shared by copies of a `Given`
  StreamId stream;
};

/// What was decided, as something that has happened.
std::vector<Happened> happened(const Events& events, const std::vector<StreamId>& streams);

}  // namespace detail

/// An aggregate with a past, to be given commands. Made by `given`.
///
/// Calls only `decide` and `evolve`: no store, no clock, no thread. Each command is decided twice
/// on the same state, and must be answered alike both times. What does not come out as written is a
/// failed doctest check at the line of the test, and the test goes on.
///
/// A boundary sees of the past what meets the command's criteria, by the tags that the events'
/// messages declare.
template <Aggregate State>
class Given : public detail::Scripted<Given<State>> {
 public:
  Given() {
    if constexpr (Boundary<State>) {
      check_boundary<State>();
    } else {
      check_aggregate<State>();
    }
  }
  explicit Given(const EventList& past) : Given() { apply(past.events(), past.where()); }

  /// Decides `command` and applies what it emits, so that another command can follow: a command
  /// given twice is `.when(c).when(c)`. A rejection that no `then_rejected` looked at fails when
  /// the next command comes.
  template <typename Command>
  [[nodiscard]] Given& when(const Command& command,
                            std::source_location where = std::source_location::current()) {
    tidemark::detail::require_command<State, Command>();
    // Without a `decide`, the error that names the pair must be the only one.
    if constexpr (tidemark::detail::Decides<State, Command>) {
      if constexpr (tidemark::detail::HasCriteria<State, Command>) look_at_past(command, where);
      auto& script = this->script_;
      const auto context = script.next_context();
      auto decision = decide(std::as_const(state_), command, context);
      script.decided(std::move(decision), decide(std::as_const(state_), command, context), where);
      apply(script.decision().events(), where);
    }
    return *this;
  }

 private:
  void apply(const Events& events, std::source_location where) {
    if constexpr (Boundary<State>) {
      for (auto& each : detail::happened(events, {})) past_.push_back(std::move(each));
    } else {
      for (const auto& event : events) {
        this->script_.expect_known(tidemark::fold(state_, *event), *event, where);
      }
    }
  }

  /// Folds the state of a boundary anew.
  template <typename Command>
  void look_at_past(const Command& command, std::source_location where) {
    std::vector<const google::protobuf::Descriptor*> types;
    State::Events::for_each([&]<typename Event>() { types.push_back(Event::descriptor()); });
    const auto criteria = with_types(State::criteria(command), types);
    state_ = state_about<State>(command);
    for (const auto& [event, stream] : past_) {
      const auto tags = tags_of(*event);
      const auto& type = event->GetDescriptor()->full_name();
      const bool is_met = std::ranges::any_of(
          criteria, [&](const Criterion& criterion) { return meets(criterion, type, tags); });
      if (is_met) this->script_.expect_known(tidemark::fold(state_, *event), *event, where);
    }
  }

  State state_ = State();
  std::vector<detail::Happened> past_;  ///< of a boundary
};

/// The aggregates of a joint decision with their past, to be given commands. Made by `given`;
/// otherwise as `Given`. Events say which aggregate they are of: `to<Campaign>("c1", opened())`.
template <JointDecision Joint>
class GivenJoint : public detail::Scripted<GivenJoint<Joint>> {
 public:
  GivenJoint() { check_joint_decision<Joint>(); }
  explicit GivenJoint(const EventList& past)
      : past_((check_joint_decision<Joint>(), detail::happened(past.events(), past.streams()))) {}

  /// As `Given::when`.
  template <typename Command>
  [[nodiscard]] GivenJoint& when(const Command& command,
                                 std::source_location where = std::source_location::current()) {
    tidemark::detail::require_joint_command<Joint, Command>();
    if constexpr (tidemark::detail::decides_jointly<Command, typename Joint::Aggregates>) {
      decide_on(command, where, typename Joint::Aggregates(),
                std::make_index_sequence<Joint::Aggregates::size>());
    }
    return *this;
  }

 private:
  template <typename Command, typename... States, std::size_t... At>
  void decide_on(const Command& command, std::source_location where, List<States...>,
                 std::index_sequence<At...>) {
    const auto streams = streams_of<Joint>(command);
    const std::tuple<States...> states{state_of<States>(streams[At], where)...};
    auto& script = this->script_;
    const auto context = script.next_context();
    auto decision = decide(std::get<At>(states)..., command, context);
    script.decided(std::move(decision), decide(std::get<At>(states)..., command, context), where);
    const auto& decided = script.decision();
    for (auto& each : detail::happened(decided.events(), decided.streams())) {
      script.expect_among(streams, each.stream, where);
      past_.push_back(std::move(each));
    }
  }

  template <typename State>
  State state_of(const StreamId& stream, std::source_location where) {
    State state = State();
    for (const auto& each : past_) {
      if (each.stream != stream) continue;
      this->script_.expect_known(tidemark::fold(state, *each.event), *each.event, where);
    }
    return state;
  }

  std::vector<detail::Happened> past_;
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

/// Begins a test of a joint decision:
///
///     given<BudgetTransfer>(to<Campaign>("c1", opened(100)), to<Campaign>("c2", opened(0)))
///         .when(transfer("c1", "c2", 40))
///         .then(to<Campaign>("c1", withdrawn(40)), to<Campaign>("c2", received(40)));
template <JointDecision Joint, std::convertible_to<EventList>... More>
GivenJoint<Joint> given(EventList&& first, const More&... more) {
  (first.append(EventList(more)), ...);
  return GivenJoint<Joint>(first);
}
template <JointDecision Joint>
GivenJoint<Joint> given() {
  return GivenJoint<Joint>();
}

}  // namespace tidemark::testing
