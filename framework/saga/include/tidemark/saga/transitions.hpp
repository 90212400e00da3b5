#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/base/list.hpp"

/// The words of a saga's table. A state is an empty struct with a `name`:
///
///     struct AwaitingInvoice { static constexpr std::string_view name = "awaiting_invoice"; };
///     struct Settled { static constexpr std::string_view name = "settled";
///                      static constexpr bool final = true; };
///
/// A saga names the commands it sends, `using Commands = List<…>`: wiring checks that each is
/// taken.
namespace tidemark {

/// Input of a row: a command that this saga sent was refused by the business.
template <typename Command>
struct Rejected {
  Command command;
  Rejection rejection;
};

/// Input of a row: a command that this saga sent was accepted, with or without events.
template <typename Command>
struct Accepted {
  Command command;
};

/// Input of a row: this long has passed since the state was entered. Armed when the state is
/// entered, disarmed when it is left; a transition back into the same state arms it anew, a row
/// that stays does not. Fires not before that time, also across restarts.
template <std::int64_t Seconds>
struct AfterSeconds {
  static constexpr std::int64_t seconds = Seconds;
};
template <std::int64_t Minutes>
using AfterMinutes = AfterSeconds<Minutes * 60>;
template <std::int64_t Hours>
using AfterHours = AfterSeconds<Hours * 3600>;
template <std::int64_t Days>
using AfterDays = AfterSeconds<Days * 86'400>;

/// In place of a target: the row runs its action and leaves state and timers as they are.
struct Stay {};

/// The row counts only when the guard holds: `bool guard(const Data&, const Input&)`.
template <auto Guard>
struct When {};

/// How the commands of this row are taken back: `void undo(const Data&, Outbox&)`.
template <auto Action>
struct Undo {};

/// The row takes back every accepted step that has an `Undo`, newest first, before its own
/// commands.
struct Compensate {};

/// One line of the table: in state `From`, on `Input`, go to `To` and run `Action`
/// (`void action(Data&, const Input&, Outbox&)`, or `nullptr` for none).
/// Extras: any of `When<…>` (several: all must hold), `Undo<…>`, `Compensate`.
template <typename From, typename Input, typename To, auto Action, typename... Extras>
struct Row {
  using from = From;
  using input = Input;
  using to = To;
  using extras = List<Extras...>;
  static constexpr auto action = Action;
};

/// The table: rows from top to bottom, the first one whose state, input and guards fit is taken.
template <typename... Rows>
struct Transitions {
  using rows = List<Rows...>;
};

/// What the framework must know about a saga besides its table.
struct SagaSpec {
  enum class Unexpected : std::uint8_t { ignore, suspend };
  std::string_view name;  ///< its journals are streams "saga.<name>-<instance>"
  /// What to do with an input that no row fits: journal that it was ignored, or suspend the
  /// instance.
  Unexpected unexpected = Unexpected::ignore;
};

// Undefined on purpose: asking for their size makes the compiler name what does not fit.
template <typename From, typename Input>
struct wrong_action_for;
template <typename From, typename Input>
struct wrong_guard_for;
template <typename From, typename Input>
struct wrong_undo_for;
template <typename Saga, typename Input>
struct no_correlate_for;
template <typename Command>
struct no_aggregate_takes;

}  // namespace tidemark
