#pragma once

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "tidemark/aggregate/context.hpp"
#include "tidemark/aggregate/decision.hpp"
#include "tidemark/base/list.hpp"
#include "tidemark/base/stream_id.hpp"

namespace tidemark {

// Undefined on purpose: asking for their size is how the compiler is made to name the missing pair.
template <typename State, typename Event>
struct no_evolve_for;
template <typename State, typename Command>
struct no_decide_for;
template <typename State, typename Command>
struct no_id_for;

namespace detail {

template <typename State, typename Event>
concept Evolves = requires(State& state, const Event& event) {
  { evolve(state, event) } -> std::same_as<void>;
};
template <typename State, typename Command>
concept Decides = requires(const State& state, const Command& command, const Context& context) {
  { decide(state, command, context) } -> std::same_as<Decision>;
};
template <typename State, typename Command>
concept Identifies = requires(const Command& command) {
  { State::id(command) } -> std::convertible_to<std::string_view>;
};

template <typename State, typename Event>
constexpr void require_evolve() {
  if constexpr (!Evolves<State, Event>) static_cast<void>(sizeof(no_evolve_for<State, Event>));
}
template <typename State, typename Command>
constexpr void require_command() {
  if constexpr (!Decides<State, Command>) {
    static_cast<void>(sizeof(no_decide_for<State, Command>));
  }
  if constexpr (!Identifies<State, Command>) {
    static_cast<void>(sizeof(no_id_for<State, Command>));
  }
}

template <typename Message>
const std::string& message_name() {
  return Message::descriptor()->full_name();
}

}  // namespace detail

/// What a state type must have to be an aggregate: its lists and its category. The functions that
/// go with it (`evolve`, `decide`, `id`) are checked pair by pair, so that the error names the
/// pair.
template <typename State>
concept Aggregate =
    std::is_default_constructible_v<State> && std::is_copy_constructible_v<State> && requires {
      typename State::Commands;
      typename State::Events;
      { State::category } -> std::convertible_to<std::string_view>;
    };

/// Does not compile unless `State` has an `evolve` for each event and a `decide` and an `id` for
/// each command; the first error names the pair that is missing.
template <Aggregate State>
constexpr void check_aggregate() {
  State::Events::for_each([]<typename Event>() { detail::require_evolve<State, Event>(); });
  State::Commands::for_each([]<typename Command>() { detail::require_command<State, Command>(); });
}

/// The stream that `command` goes to. A command with an unusable id throws `Failure`
/// "stream.bad_name".
template <Aggregate State, typename Command>
StreamId stream_of(const Command& command) {
  detail::require_command<State, Command>();
  if constexpr (detail::Identifies<State, Command>) {
    return StreamId(State::category, State::id(command));
  } else {
    return StreamId(State::category, {});
  }
}

/// How an event met a state.
enum class Folded {
  applied,       ///< the state took it
  unknown_type,  ///< the aggregate's `Events` do not name the type
  bad_bytes,     ///< the bytes are no message of that type
};

/// Applies one stored event to `state`. Pure. Costs one look-up and one decode, no allocation of
/// its own.
template <Aggregate State>
Folded fold(State& state, std::string_view type, std::string_view data) {
  Folded result = Folded::unknown_type;
  State::Events::for_each([&]<typename Event>() {
    detail::require_evolve<State, Event>();
    if (result != Folded::unknown_type || detail::message_name<Event>() != type) return;
    Event event;
    if (!event.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
      result = Folded::bad_bytes;
      return;
    }
    // Without one, the error that names the pair must be the only one.
    if constexpr (detail::Evolves<State, Event>) evolve(state, event);
    result = Folded::applied;
  });
  return result;
}

/// Applies one event that is already a message; `unknown_type` when the aggregate does not name it.
template <Aggregate State>
Folded fold(State& state, const google::protobuf::Message& message) {
  Folded result = Folded::unknown_type;
  State::Events::for_each([&]<typename Event>() {
    detail::require_evolve<State, Event>();
    if (result != Folded::unknown_type || message.GetDescriptor() != Event::descriptor()) return;
    if constexpr (detail::Evolves<State, Event>) evolve(state, static_cast<const Event&>(message));
    result = Folded::applied;
  });
  return result;
}

}  // namespace tidemark
