#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string_view>

#include "tidemark/saga/saga_model.hpp"
#include "tidemark/testing/event_list.hpp"

namespace tidemark::testing {

namespace detail {

/// The part of a `GivenSaga` that does not depend on the saga's type.
class SagaScript {
 public:
  SagaScript(const saga::SagaModel& model, UtcTime start);
  SagaScript(SagaScript&&) noexcept;
  SagaScript& operator=(SagaScript&&) = delete;
  /// Fails for what the last step did and nobody looked at.
  ~SagaScript();

  void refuse(std::string_view command, std::string_view code);
  void accept(std::string_view command);
  void receive(const EventList& events);
  void hand_in(const EventList& events);
  void pass(Micros duration, std::source_location where);

  void expect_sent(const EventList& commands);
  void expect_nothing_sent(std::source_location where);
  void expect_undone(const EventList& commands);
  void expect_state(std::string_view name, std::source_location where);
  void expect_data(const EventList& data);
  void expect_ignored(std::source_location where);
  void expect_suspended(std::string_view code, std::source_location where);
  void expect_finished(std::source_location where);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detail

/// One instance of a saga, to be given events and time. Made by `given_saga`.
///
/// Plays the functions that run the saga in production, without store, thread or clock. Its
/// commands have their outcome at once: accepted, unless `refusing` says otherwise. Each event is
/// handed in twice, and the second time must change nothing; each action runs twice on the same
/// state, and must answer alike. What does not come out as written is a failed doctest check at the
/// line of the test, and the test goes on. So is what a step did and nobody looked at, before the
/// next step or the end: commands, commands taken back, and a suspension.
template <typename Saga>
class GivenSaga {
 public:
  explicit GivenSaga(UtcTime start) : script_(saga_model<Saga>(), start) {}

  /// From here on the business refuses this command of the saga with that code.
  template <typename Command>
  GivenSaga& refusing(std::string_view code) {
    require<Command>();
    script_.refuse(Command::descriptor()->full_name(), code);
    return *this;
  }
  /// From here on the business accepts this command again.
  template <typename Command>
  GivenSaga& accepting() {
    require<Command>();
    script_.accept(Command::descriptor()->full_name());
    return *this;
  }

  /// Hands in events that lead up to what is tested: what they make it send need not be looked at.
  template <std::convertible_to<EventList>... More>
  GivenSaga& received(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.receive(first);
    return *this;
  }
  /// Hands in an event, or several.
  template <std::convertible_to<EventList>... More>
  [[nodiscard]] GivenSaga& when(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.hand_in(first);
    return *this;
  }
  /// Lets so much time pass; the timers that become due on the way fire, in order.
  [[nodiscard]] GivenSaga& after(Micros duration,
                                 std::source_location where = std::source_location::current()) {
    script_.pass(duration, where);
    return *this;
  }

  /// The last step sent exactly these commands, in this order, besides those that take others back.
  template <std::convertible_to<EventList>... More>
  GivenSaga& then_sends(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.expect_sent(first);
    return *this;
  }
  /// The last step sent no command of any kind.
  GivenSaga& then_sends_nothing(std::source_location where = std::source_location::current()) {
    script_.expect_nothing_sent(where);
    return *this;
  }
  /// The last step took back what had been accepted, by exactly these commands, in this order.
  template <std::convertible_to<EventList>... More>
  GivenSaga& then_compensates(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.expect_undone(first);
    return *this;
  }
  /// No row took the last event.
  GivenSaga& then_ignored(std::source_location where = std::source_location::current()) {
    script_.expect_ignored(where);
    return *this;
  }
  /// It cannot go on by itself, for the reason with this code.
  GivenSaga& then_suspended(std::string_view code,
                            std::source_location where = std::source_location::current()) {
    script_.expect_suspended(code, where);
    return *this;
  }
  /// It has come to its end.
  GivenSaga& then_finished(std::source_location where = std::source_location::current()) {
    script_.expect_finished(where);
    return *this;
  }
  /// It stands in the state of this name.
  GivenSaga& in_state(std::string_view name,
                      std::source_location where = std::source_location::current()) {
    script_.expect_state(name, where);
    return *this;
  }
  /// What it knows is this.
  GivenSaga& with_data(const typename Saga::Data& data,
                       std::source_location where = std::source_location::current()) {
    script_.expect_data(EventList(data, where));
    return *this;
  }

 private:
  template <typename Command>
  static constexpr void require() {
    static_assert(Saga::Commands::template contains<Command>,
                  "the saga does not name this command among its Commands");
  }

  detail::SagaScript script_;
};

/// Begins a test of a saga instance that nothing has happened to yet:
///
///     given_saga<BillingReconciliation>()
///         .received(period_closed(), usage(5000))
///         .when(stated(3000))
///         .then_sends(propose(2000))
///         .in_state("awaiting_approval")
///         .after(48h)
///         .then_sends_nothing()
///         .in_state("approval_overdue");
///
/// Needs the library that the saga is compiled in; its machine is not compiled again.
template <typename Saga>
GivenSaga<Saga> given_saga(UtcTime start = test_time) {
  return GivenSaga<Saga>(start);
}

}  // namespace tidemark::testing
