#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/aggregate/aggregate.hpp"
#include "tidemark/aggregate/tags.hpp"

namespace tidemark {

// Undefined on purpose: asking for its size is how the compiler is made to name the missing pair.
template <typename State, typename Command>
struct no_criteria_for;

/// A kind of events, wherever they are stored: with all of these tags, and of one of these types.
/// Made by `tagged`.
struct Criterion {
  std::vector<std::string> tags;
  std::vector<std::string> types = {};  ///< full names; none: all that the boundary's `Events` name
};

/// Events with all of these tags; with types, only those:
/// `tagged<StudentSubscribed>(as_tag("course", id))`.
template <std::derived_from<google::protobuf::Message>... Events,
          std::convertible_to<std::string>... Tags>
Criterion tagged(Tags... tags) {
  return {.tags = {std::string(std::move(tags))...}, .types = {detail::message_name<Events>()...}};
}

namespace detail {

template <typename State, typename Command>
concept HasCriteria = requires(const Command& command) {
  { State::criteria(command) } -> std::same_as<std::vector<Criterion>>;
};
template <typename State, typename Command>
concept HasAbout = requires(const Command& command) {
  { State::about(command) } -> std::same_as<State>;
};

template <typename State, typename Commands>
inline constexpr bool is_boundary = false;
template <typename State, typename... Commands>
inline constexpr bool is_boundary<State, List<Commands...>> = (HasCriteria<State, Commands> || ...);

}  // namespace detail

/// What makes an aggregate a boundary: its state is folded not from one stream, but from all events
/// that meet criteria, and what it decides holds only while no other such event is stored (a
/// dynamic consistency boundary).
///
///     struct Subscription {
///       using Commands = tidemark::List<SubscribeStudent>;
///       using Events = tidemark::List<CourseDefined, StudentSubscribed>;
///       static constexpr std::string_view category = "subscription";
///       static std::string_view id(const SubscribeStudent& c) { return c.course_id(); }
///       static std::vector<tidemark::Criterion> criteria(const SubscribeStudent& c) {
///         using tidemark::as_tag, tidemark::tagged;
///         return {tagged(as_tag("course", c.course_id())),
///                 tagged<StudentSubscribed>(as_tag("student", c.student_id()))};
///       }
///       static Subscription about(const SubscribeStudent& c) { … }   // not needed by all
///       …
///     };
///
/// `criteria`, one per command: 1 to 64. `about`, one per command that needs it: the state that
/// nothing has happened to, when it must know what the command is about. Events carry the tags that
/// their messages declare, see `tags_of`; they go to the stream of `category` and `id`, or where
/// `to` says.
template <typename State>
concept Boundary = Aggregate<State> && detail::is_boundary<State, typename State::Commands>;

/// As `check_aggregate`; each command needs its `criteria` too.
template <Aggregate State>
constexpr void check_boundary() {
  check_aggregate<State>();
  State::Commands::for_each([]<typename Command>() {
    if constexpr (!detail::HasCriteria<State, Command>) {
      static_cast<void>(sizeof(no_criteria_for<State, Command>));
    }
  });
}

/// The state of a boundary that nothing has happened to yet.
template <Aggregate State, typename Command>
State state_about(const Command& command) {
  if constexpr (detail::HasAbout<State, Command>) {
    return State::about(command);
  } else {
    return State();
  }
}

/// Whether an event of this type with these tags is of that kind.
bool meets(const Criterion& criterion, std::string_view type, const std::vector<std::string>& tags);

/// Criteria as they are asked of the log: those without types get `events`.
std::vector<Criterion> with_types(std::vector<Criterion> criteria,
                                  const std::vector<const google::protobuf::Descriptor*>& events);

}  // namespace tidemark
