#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/projection/key.hpp"
#include "tidemark/saga/reaction.hpp"
#include "tidemark/testing/log_event.hpp"

namespace tidemark::testing {

namespace detail {

/// The projection of a window without its C++ type.
struct WindowOf {
  std::string_view projection;
  std::vector<const google::protobuf::FieldDescriptor*> key;
  Window window;
};

/// The part of a `GivenReaction` that does not depend on the reaction's type.
class ReactionScript {
 public:
  explicit ReactionScript(std::unique_ptr<const saga::ReactionModel> model);
  ReactionScript(ReactionScript&&) noexcept;
  ReactionScript& operator=(ReactionScript&&) = delete;
  /// Fails for commands that nobody looked at.
  ~ReactionScript();

  void happen(const LogEvent& event);
  void close(const WindowOf& window, const EventList& row);
  void expect_commands(const EventList& commands);
  void expect_nothing(std::source_location where);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The projection among a reaction's inputs whose rows are of this type; void when there is none.
template <typename Row, typename Input>
struct ProjectionOfInput {
  using Type = void;
};
template <typename Row, typename P>
  requires std::same_as<typename P::Row, Row>
struct ProjectionOfInput<Row, Closed<P>> {
  using Type = P;
};

template <typename Row, typename Inputs>
struct ProjectionWith;
template <typename Row>
struct ProjectionWith<Row, List<>> {
  using Type = void;
};
template <typename Row, typename First, typename... Rest>
struct ProjectionWith<Row, List<First, Rest...>> {
  using Found = typename ProjectionOfInput<Row, First>::Type;
  using Type = std::conditional_t<std::is_void_v<Found>,
                                  typename ProjectionWith<Row, List<Rest...>>::Type, Found>;
};

}  // namespace detail

/// A reaction, to be given events and closed windows. Made by `given_reaction`.
///
/// Calls only the reaction's `on`, twice for each input, which must send the same commands both
/// times: their ids follow from the input. What does not come out as written is a failed doctest
/// check at the line of the test. So are commands that nobody looked at before the next input or
/// the end.
template <typename Reaction>
class GivenReaction {
 public:
  GivenReaction() : script_(saga::reaction_model<Reaction>()) {}

  /// An event comes from the log, at 2026-01-01T00:00:00Z.
  template <std::derived_from<google::protobuf::Message> Event>
  [[nodiscard]] GivenReaction& when(const Event& happened,
                                    std::source_location where = std::source_location::current()) {
    static_assert(Reaction::Inputs::template contains<Event>,
                  "the reaction does not name this event among its Inputs");
    return when(event(happened, test_time, "test-1", where));
  }
  /// An event comes from the log: made by `event`, with its event time and stream.
  [[nodiscard]] GivenReaction& when(const LogEvent& happened) {
    script_.happen(happened);
    return *this;
  }
  /// A window closes with this row. The same key again is the window's next revision.
  template <std::derived_from<google::protobuf::Message> Row>
  [[nodiscard]] GivenReaction& when_closed(
      const Row& row, std::source_location where = std::source_location::current()) {
    using P = typename detail::ProjectionWith<Row, typename Reaction::Inputs>::Type;
    static_assert(!std::is_void_v<P>, "no projection among the reaction's Inputs has such rows");
    script_.close({.projection = P::spec.name,
                   .key = projection::KeyCodec<typename P::Key>::fields(),
                   .window = P::window(row)},
                  EventList(row, where));
    return *this;
  }

  /// The last input made it send exactly these commands, in this order.
  template <std::convertible_to<EventList>... More>
  GivenReaction& then(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.expect_commands(first);
    return *this;
  }
  /// The last input made it send no command.
  GivenReaction& then_nothing(std::source_location where = std::source_location::current()) {
    script_.expect_nothing(where);
    return *this;
  }

 private:
  detail::ReactionScript script_;
};

/// Begins a test of a reaction:
///
///     given_reaction<MeterSpend>()
///         .when_closed(minute("c1", noon, 40))
///         .then(record_spend("c1", noon, 40));
template <typename Reaction>
GivenReaction<Reaction> given_reaction() {
  return GivenReaction<Reaction>();
}

}  // namespace tidemark::testing
