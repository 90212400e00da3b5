#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <tuple>

#include "tidemark/base/failure.hpp"
#include "tidemark/saga/machine.hpp"
#include "tidemark/saga/saga_model.hpp"

/// From a saga's C++ type to its model. Include this only in the one source file of the saga:
///
///     template const tidemark::saga::SagaModel& tidemark::saga_model<BillingReconciliation>();
///
/// and say in its header that it is there, so that nobody else compiles the machine:
///
///     extern template const tidemark::saga::SagaModel&
///     tidemark::saga_model<BillingReconciliation>();
namespace tidemark {

namespace saga::detail {

/// What a row's input is made of.
template <typename T>
struct InputOf {
  static constexpr Input::Kind kind = Input::Kind::event;
  using Message = T;
  static std::string name() { return T::descriptor()->full_name(); }
};
template <typename Command>
struct InputOf<Rejected<Command>> {
  static constexpr Input::Kind kind = Input::Kind::rejected;
  using Message = Command;
  static std::string name() { return "rejected " + Command::descriptor()->full_name(); }
};
template <typename Command>
struct InputOf<Accepted<Command>> {
  static constexpr Input::Kind kind = Input::Kind::accepted;
  using Message = Command;
  static std::string name() { return "accepted " + Command::descriptor()->full_name(); }
};
template <std::int64_t Seconds>
struct InputOf<AfterSeconds<Seconds>> {
  static constexpr Input::Kind kind = Input::Kind::timer;
  static std::string name() { return timer_name(Seconds); }
};

template <typename Data, typename Row>
struct Check {
  using Event = typename Row::input;
  static constexpr bool has_action =
      !std::is_same_v<std::remove_cv_t<decltype(Row::action)>, std::nullptr_t>;

  static constexpr void row() {
    if constexpr (has_action) {
      if constexpr (!std::is_invocable_r_v<void, decltype(Row::action), Data&, const Event&,
                                           Outbox&>) {
        static_cast<void>(sizeof(wrong_action_for<typename Row::from, Event>));
      }
    }
    Row::extras::for_each([]<typename Extra>() { extra(static_cast<Extra*>(nullptr)); });
  }
  template <auto Guard>
  static constexpr void extra(When<Guard>*) {
    if constexpr (!std::is_invocable_r_v<bool, decltype(Guard), const Data&, const Event&>) {
      static_cast<void>(sizeof(wrong_guard_for<typename Row::from, Event>));
    }
  }
  template <auto Action>
  static constexpr void extra(Undo<Action>*) {
    if constexpr (!std::is_invocable_r_v<void, decltype(Action), const Data&, Outbox&>) {
      static_cast<void>(sizeof(wrong_undo_for<typename Row::from, Event>));
    }
  }
  static constexpr void extra(Compensate*) {}
};

template <typename Extra>
struct UndoOf {
  static constexpr bool is = false;
};
template <auto Action>
struct UndoOf<Undo<Action>> {
  static constexpr bool is = true;
  template <typename Data>
  static void run(const Data& data, Outbox& outbox) {
    Action(data, outbox);
  }
};
template <typename Extra>
inline constexpr bool is_guard = false;
template <auto Guard>
inline constexpr bool is_guard<When<Guard>> = true;

template <typename State>
constexpr bool is_final() {
  if constexpr (requires { State::final; }) return State::final;
  return false;
}

template <typename Saga, typename Message>
concept Correlates = requires(const Message& message) {
  { Saga::correlate(message) } -> std::convertible_to<std::string>;
};

std::string make_table_hash(const SagaModel& model);
void add_row(std::vector<RowInfo>& rows, RowInfo row);
void add_state(std::vector<StateInfo>& states, std::string_view name, bool final);
void add_event(std::vector<const google::protobuf::Descriptor*>& events,
               const google::protobuf::Descriptor& event);

template <typename Saga>
class TypedSaga final : public SagaModel {
 public:
  using Data = typename Saga::Data;
  using Rows = typename Saga::Table::rows;

  TypedSaga() {
    Rows::for_each([&]<typename R>() {
      Check<Data, R>::row();
      describe<R>();
    });
    Saga::Commands::for_each(
        [&]<typename Command>() { commands_.push_back(Command::descriptor()); });
    hash_ = make_table_hash(*this);
  }

  [[nodiscard]] const SagaSpec& spec() const override { return Saga::spec; }
  [[nodiscard]] const std::vector<StateInfo>& states() const override { return states_; }
  [[nodiscard]] const std::vector<RowInfo>& rows() const override { return rows_; }
  [[nodiscard]] const std::string& table_hash() const override { return hash_; }
  [[nodiscard]] const google::protobuf::Descriptor& data_type() const override {
    return *Data::descriptor();
  }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& events() const override {
    return events_;
  }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& commands() const override {
    return commands_;
  }

  [[nodiscard]] std::optional<std::string> correlate(std::string_view type,
                                                     std::string_view data) const override {
    std::optional<std::string> instance;
    bool found = false;
    Rows::for_each([&]<typename R>() {
      using Of = InputOf<typename R::input>;
      if constexpr (Of::kind == Input::Kind::event) {
        if (found || Of::Message::descriptor()->full_name() != type) return;
        found = true;
        typename Of::Message message;
        if (!parse(message, data)) {
          throw std::runtime_error(std::string(type) + " cannot be decoded");
        }
        instance = Saga::correlate(message);
      }
    });
    if (instance && instance->empty()) instance.reset();
    return instance;
  }

  [[nodiscard]] Reply run(std::string_view state, std::string_view data,
                          const Input& input) const override {
    Reply reply{.kind = Reply::Kind::unexpected};
    Data copy;
    if (!parse(copy, data)) return {.kind = Reply::Kind::bad_bytes};
    bool found = false;
    Rows::for_each([&]<typename R>() {
      // The first row of this state and input hands over to the machine, which looks at all of
      // them.
      if (found || R::from::name != state || !is_input<typename R::input>(input)) return;
      found = true;
      run_input<R>(copy, input, reply);
    });
    if (reply.kind == Reply::Kind::moved) {
      const auto& row = rows_[reply.row];
      reply.to = row.to.empty() ? std::string(state) : row.to;
      reply.data = serialize(copy);
    }
    return reply;
  }

  [[nodiscard]] std::vector<Outbox::Sent> undo(std::size_t row, std::string_view data,
                                               UtcTime input_recorded_at) const override {
    Data copy;
    Outbox outbox(input_recorded_at);
    if (!parse(copy, data)) return {};
    std::size_t index = 0;
    Rows::for_each([&]<typename R>() {
      if (index++ != row) return;
      R::extras::for_each([&]<typename Extra>() {
        if constexpr (UndoOf<Extra>::is) UndoOf<Extra>::run(copy, outbox);
      });
    });
    return checked(outbox);
  }

 private:
  /// A command that the saga does not declare could be one that nobody takes.
  static const std::vector<Outbox::Sent>& checked(const Outbox& outbox) {
    for (const auto& sent : outbox.sent()) {
      bool declared = false;
      Saga::Commands::for_each([&]<typename Command>() {
        declared = declared || Command::descriptor()->full_name() == sent.type;
      });
      if (!declared) throw std::logic_error(sent.type + " is not among the saga's Commands");
    }
    return outbox.sent();
  }

  static bool parse(google::protobuf::Message& message, std::string_view data) {
    return message.ParseFromArray(data.data(), static_cast<int>(data.size()));
  }

  template <typename Event>
  static bool is_input(const Input& input) {
    using Of = InputOf<Event>;
    if (input.kind != Of::kind) return false;
    if constexpr (Of::kind == Input::Kind::timer) {
      return Of::name() == input.type;
    } else {
      return Of::Message::descriptor()->full_name() == input.type;
    }
  }

  template <typename R>
  void run_input(Data& data, const Input& input, Reply& reply) const {
    using Event = typename R::input;
    using Of = InputOf<Event>;
    Outbox outbox(input.recorded_at);
    std::optional<std::size_t> row;
    if constexpr (Of::kind == Input::Kind::timer) {
      row = run_machine<Saga, typename R::from>(data, Event(), outbox);
    } else {
      typename Of::Message message;
      if (!parse(message, input.data)) {
        reply.kind = Reply::Kind::bad_bytes;
        return;
      }
      if constexpr (Of::kind == Input::Kind::event) {
        row = run_machine<Saga, typename R::from>(data, message, outbox);
      } else if constexpr (Of::kind == Input::Kind::rejected) {
        row = run_machine<Saga, typename R::from>(
            data, Event{.command = std::move(message), .rejection = input.rejection}, outbox);
      } else {
        row =
            run_machine<Saga, typename R::from>(data, Event{.command = std::move(message)}, outbox);
      }
    }
    if (!row) return;
    reply.kind = Reply::Kind::moved;
    reply.row = *row;
    reply.commands = checked(outbox);
  }

  template <typename R>
  void describe() {
    using Of = InputOf<typename R::input>;
    RowInfo row{.from = std::string(R::from::name), .input = Of::name()};
    add_state(states_, R::from::name, is_final<typename R::from>());
    if constexpr (!std::is_same_v<typename R::to, Stay>) {
      row.to = std::string(R::to::name);
      add_state(states_, R::to::name, is_final<typename R::to>());
    }
    if constexpr (Of::kind == Input::Kind::timer) {
      row.after_seconds = R::input::seconds;
    } else if constexpr (Of::kind == Input::Kind::event) {
      if constexpr (!Correlates<Saga, typename Of::Message>) {
        static_cast<void>(sizeof(no_correlate_for<Saga, typename Of::Message>));
      }
      add_event(events_, *Of::Message::descriptor());
    }
    R::extras::for_each([&]<typename Extra>() {
      row.guarded = row.guarded || is_guard<Extra>;
      row.undoable = row.undoable || UndoOf<Extra>::is;
      row.compensates = row.compensates || std::is_same_v<Extra, Compensate>;
    });
    add_row(rows_, std::move(row));
  }

  std::vector<StateInfo> states_;
  std::vector<RowInfo> rows_;
  std::vector<const google::protobuf::Descriptor*> events_;
  std::vector<const google::protobuf::Descriptor*> commands_;
  std::string hash_;
};

}  // namespace saga::detail

template <typename Saga>
const saga::SagaModel& saga_model() {
  static const saga::detail::TypedSaga<Saga> model;
  return model;
}

}  // namespace tidemark
