#pragma once

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/aggregate/aggregate.hpp"

namespace tidemark {

// Undefined on purpose: asking for their size is how the compiler is made to name the missing pair.
template <typename Joint, typename Command>
struct no_ids_for;
template <typename State, typename Event>
struct not_an_event_of;

/// What a type must have to be a joint decision: one command decided on several aggregates at once,
/// stored as one append, with each of them as it was when it was decided on.
///
///     struct BudgetTransfer {
///       using Commands = tidemark::List<TransferBudget>;
///       using Aggregates = tidemark::List<Campaign, Campaign>;
///       static std::array<std::string_view, 2> ids(const TransferBudget& command) {
///         return {command.from(), command.to()};
///       }
///     };
///     tidemark::Decision decide(const Campaign& from, const Campaign& to,
///                               const TransferBudget& command, const tidemark::Context&) {
///       …
///       return tidemark::emit(tidemark::to<Campaign>(command.from(), withdrawn(command)),
///                             tidemark::to<Campaign>(command.to(), received(command)));
///     }
///
/// `ids` names one aggregate for each of `Aggregates`; two may be the same one. An event says which
/// of them it goes to. Aggregates without events are only checked.
template <typename Joint>
concept JointDecision = requires {
  typename Joint::Commands;
  typename Joint::Aggregates;
};

/// An event for one of the aggregates of a joint decision, or for a stream of `State` that a
/// boundary writes to. An unusable id throws `Failure` "stream.bad_name".
template <Aggregate State, std::derived_from<google::protobuf::Message> Event>
Addressed<Event> to(std::string_view id, Event event) {
  if constexpr (!State::Events::template contains<Event>) {
    static_cast<void>(sizeof(not_an_event_of<State, Event>));
  }
  return {.stream = StreamId(State::category, id), .event = std::move(event)};
}

namespace detail {

template <typename Joint, typename Command>
concept Names = requires(const Command& command) {
  { Joint::ids(command) } -> std::same_as<std::array<std::string, Joint::Aggregates::size>>;
} || requires(const Command& command) {
  { Joint::ids(command) } -> std::same_as<std::array<std::string_view, Joint::Aggregates::size>>;
};

template <typename Command, typename Aggregates>
inline constexpr bool decides_jointly = false;
template <typename Command, typename... States>
inline constexpr bool decides_jointly<Command, List<States...>> =
    requires(const States&... states, const Command& command, const Context& context) {
      { decide(states..., command, context) } -> std::same_as<Decision>;
    };

template <typename Joint, typename Command>
constexpr void require_joint_command() {
  if constexpr (!decides_jointly<Command, typename Joint::Aggregates>) {
    static_cast<void>(sizeof(no_decide_for<Joint, Command>));
  }
  if constexpr (!Names<Joint, Command>) static_cast<void>(sizeof(no_ids_for<Joint, Command>));
}

}  // namespace detail

/// Does not compile unless `Joint` has `ids` and a `decide` over its aggregates for each command;
/// the first error names the pair that is missing.
template <JointDecision Joint>
constexpr void check_joint_decision() {
  Joint::Commands::for_each(
      []<typename Command>() { detail::require_joint_command<Joint, Command>(); });
}

/// The streams that `command` is decided on, one for each of `Aggregates`. An unusable id throws
/// `Failure` "stream.bad_name".
template <JointDecision Joint, typename Command>
std::vector<StreamId> streams_of(const Command& command) {
  detail::require_joint_command<Joint, Command>();
  std::vector<StreamId> streams;
  if constexpr (detail::Names<Joint, Command>) {
    const auto ids = Joint::ids(command);
    Joint::Aggregates::for_each([&]<typename State>() {
      streams.emplace_back(State::category, std::string_view(ids[streams.size()]));
    });
  }
  return streams;
}

}  // namespace tidemark
