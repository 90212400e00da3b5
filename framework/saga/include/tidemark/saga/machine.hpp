#pragma once

#include <boost/mpl/push_front.hpp>
#include <boost/mpl/vector.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <boost/serialization/base_object.hpp>
#include <optional>

#include "tidemark/saga/outbox.hpp"
#include "tidemark/saga/transitions.hpp"

/// A saga's table as a Boost.MSM state machine. Included only where a saga is compiled: it is
/// heavy.
namespace tidemark::saga::detail {

namespace front = boost::msm::front;

/// What one run of the machine works on.
template <typename Data>
struct Run {
  Data* data = nullptr;
  Outbox* outbox = nullptr;
  std::optional<std::size_t> row;  ///< the row that was taken
};

template <typename State>
struct MsmState : front::state<> {};

template <typename Extra>
struct GuardOf {
  template <typename Data, typename Input>
  static bool holds(const Data&, const Input&) {
    return true;
  }
};
template <auto Guard>
struct GuardOf<When<Guard>> {
  template <typename Data, typename Input>
  static bool holds(const Data& data, const Input& input) {
    return Guard(data, input);
  }
};

template <typename Row>
struct MsmGuard {
  template <typename Event, typename Machine, typename From, typename To>
  bool operator()(const Event& event, Machine& machine, From&, To&) const {
    return check(typename Row::extras(), *machine.run.data, event);
  }

 private:
  template <typename... Extras, typename Data, typename Event>
  static bool check(List<Extras...>, const Data& data, const Event& event) {
    return (GuardOf<Extras>::holds(data, event) && ...);
  }
};

template <typename Row, std::size_t Index>
struct MsmAction {
  template <typename Event, typename Machine, typename From, typename To>
  void operator()(const Event& event, Machine& machine, From&, To&) const {
    machine.run.row = Index;
    if constexpr (!std::is_same_v<std::remove_cv_t<decltype(Row::action)>, std::nullptr_t>) {
      Row::action(*machine.run.data, event, *machine.run.outbox);
    }
  }
};

template <typename To>
struct MsmTarget {
  using type = MsmState<To>;
};
template <>
struct MsmTarget<Stay> {
  using type = front::none;
};

/// MSM tries conflicting rows from the last to the first: pushing each row to the front reverses
/// the table, so that the first row that fits is taken. Pushing also passes the 20 elements at
/// which `mpl::vector` stops when it is written out.
template <std::size_t Index, typename Reversed, typename... Rows>
struct MsmTable {
  using type = Reversed;
};
template <std::size_t Index, typename Reversed, typename Row, typename... Rest>
struct MsmTable<Index, Reversed, Row, Rest...> {
  using line =
      front::Row<MsmState<typename Row::from>, typename Row::input,
                 typename MsmTarget<typename Row::to>::type, MsmAction<Row, Index>, MsmGuard<Row>>;
  using type = typename MsmTable<Index + 1, typename boost::mpl::push_front<Reversed, line>::type,
                                 Rest...>::type;
};

template <typename Rows>
struct FirstState;
template <typename First, typename... Rest>
struct FirstState<List<First, Rest...>> {
  using type = MsmState<typename First::from>;
};

template <typename Rows>
struct TableOf;
template <typename... Rows>
struct TableOf<List<Rows...>> {
  using type = typename MsmTable<0, boost::mpl::vector0<>, Rows...>::type;
};

template <typename Saga>
struct MachineFront : front::state_machine_def<MachineFront<Saga>> {
  // Without this a throwing action counts as handled and its input is lost.
  using no_exception_thrown = int;
  // One input at a time: nothing is queued inside the machine.
  using no_message_queue = int;
  using initial_state = typename FirstState<typename Saga::Table::rows>::type;
  using transition_table = typename TableOf<typename Saga::Table::rows>::type;

  template <typename Machine, typename Event>
  void no_transition(const Event&, Machine&, int) {}  // told by `run.row` staying empty

  Run<typename Saga::Data> run;
};

template <typename Saga>
using Machine = boost::msm::back::state_machine<MachineFront<Saga>>;

/// Puts a machine into a state through MSM's own door for restoring saved machines: nothing is
/// entered and nothing runs. MSM's number of the state lives only as long as the machine.
struct Restore {
  int state = 0;
  template <typename Part>
  Restore& operator&(Part&) {
    return *this;
  }
  Restore& operator&(int (&states)[1]) {
    states[0] = state;
    return *this;
  }
};

/// Runs one input through a new machine that stands in state `From`.
template <typename Saga, typename From, typename Event>
std::optional<std::size_t> run_machine(typename Saga::Data& data, const Event& event,
                                       Outbox& outbox) {
  Machine<Saga> machine;
  machine.run = {.data = &data, .outbox = &outbox, .row = std::nullopt};
  Restore restore{
      boost::msm::back::get_state_id<typename Machine<Saga>::stt, MsmState<From>>::value};
  machine.serialize(restore, 0);
  machine.process_event(event);
  return machine.run.row;
}

}  // namespace tidemark::saga::detail
