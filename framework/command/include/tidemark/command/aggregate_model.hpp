#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/aggregate/aggregate.hpp"
#include "tidemark/aggregate/boundary.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::command {

/// The state of one aggregate, whatever its type.
class AggregateState {
 public:
  virtual ~AggregateState() = default;
  [[nodiscard]] virtual std::unique_ptr<AggregateState> clone() const = 0;
  /// `type` and `data` as the catalogue reads them today.
  virtual Folded fold(std::string_view type, std::string_view data) = 0;
  virtual Folded fold(const google::protobuf::Message& event) = 0;
  /// The state as a Protobuf message; none when the aggregate has no snapshots.
  [[nodiscard]] virtual std::optional<std::string> snapshot() const = 0;
};

/// An aggregate type without its C++ type: how commands find it and how its states are made.
/// Holds no data; safe from any thread.
class AggregateModel {
 public:
  struct CommandType {
    const google::protobuf::Descriptor* type = nullptr;
    const google::protobuf::Message* prototype = nullptr;
    StreamId (*stream_of)(const google::protobuf::Message&) = nullptr;
    Decision (*decide)(const AggregateState&, const google::protobuf::Message&,
                       const Context&) = nullptr;
    // Of a boundary; an aggregate has none.
    std::vector<Criterion> (*criteria)(const google::protobuf::Message&) = nullptr;
    std::unique_ptr<AggregateState> (*about)(const google::protobuf::Message&) = nullptr;
  };

  virtual ~AggregateModel() = default;
  [[nodiscard]] virtual std::string_view category() const = 0;
  [[nodiscard]] virtual const std::vector<CommandType>& commands() const = 0;
  [[nodiscard]] virtual const std::vector<const google::protobuf::Descriptor*>& events() const = 0;
  [[nodiscard]] virtual std::unique_ptr<AggregateState> initial() const = 0;
  /// The state of a snapshot's bytes; none when they cannot be read.
  [[nodiscard]] virtual std::unique_ptr<AggregateState> restore(
      std::string_view snapshot) const = 0;
  /// What snapshots are keyed by: a digest of the layouts of snapshot and events and of the
  /// aggregate's `snapshot_version`, if it names one. Empty when the aggregate has no snapshots.
  [[nodiscard]] virtual const std::string& snapshot_key() const = 0;
};

namespace detail {

/// An aggregate may have snapshots: `using Snapshot = <message>;` and, found by lookup,
/// `void save(const State&, Snapshot&)` and `void restore(State&, const Snapshot&)`.
template <typename State>
concept HasSnapshot = requires(const State& state, State& to, typename State::Snapshot& message) {
  save(state, message);
  restore(to, std::as_const(message));
};

std::string make_snapshot_key(const google::protobuf::Descriptor& snapshot,
                              const std::vector<const google::protobuf::Descriptor*>& events,
                              std::uint64_t version);

template <Aggregate State>
class TypedState final : public AggregateState {
 public:
  State state;

  [[nodiscard]] std::unique_ptr<AggregateState> clone() const override {
    return std::make_unique<TypedState>(*this);
  }
  Folded fold(std::string_view type, std::string_view data) override {
    return tidemark::fold(state, type, data);
  }
  Folded fold(const google::protobuf::Message& event) override {
    return tidemark::fold(state, event);
  }
  [[nodiscard]] std::optional<std::string> snapshot() const override {
    if constexpr (HasSnapshot<State>) {
      typename State::Snapshot message;
      save(state, message);
      return serialize(message);
    } else {
      return std::nullopt;
    }
  }
};

template <Aggregate State>
class TypedModel final : public AggregateModel {
 public:
  TypedModel() {
    if constexpr (Boundary<State>) {
      check_boundary<State>();
    } else {
      check_aggregate<State>();
    }
    State::Commands::for_each([&]<typename Command>() {
      commands_.push_back({.type = Command::descriptor(),
                           .prototype = &Command::default_instance(),
                           .stream_of = &stream_of_message<Command>,
                           .decide = &decide_message<Command>});
      if constexpr (tidemark::detail::HasCriteria<State, Command>) {
        commands_.back().criteria = &criteria_of_message<Command>;
        commands_.back().about = &about_message<Command>;
      }
    });
    State::Events::for_each([&]<typename Event>() { events_.push_back(Event::descriptor()); });
    if constexpr (HasSnapshot<State>) {
      std::uint64_t version = 0;
      if constexpr (requires { State::snapshot_version; }) version = State::snapshot_version;
      snapshot_key_ = make_snapshot_key(*State::Snapshot::descriptor(), events_, version);
    }
  }

  [[nodiscard]] std::string_view category() const override { return State::category; }
  [[nodiscard]] const std::vector<CommandType>& commands() const override { return commands_; }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& events() const override {
    return events_;
  }
  [[nodiscard]] std::unique_ptr<AggregateState> initial() const override {
    return std::make_unique<TypedState<State>>();
  }
  [[nodiscard]] std::unique_ptr<AggregateState> restore(std::string_view bytes) const override {
    if constexpr (HasSnapshot<State>) {
      typename State::Snapshot message;
      if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
      auto typed = std::make_unique<TypedState<State>>();
      // Unqualified, so that the domain's function is found and not this member.
      restore_state(typed->state, message);
      return typed;
    } else {
      return nullptr;
    }
  }
  [[nodiscard]] const std::string& snapshot_key() const override { return snapshot_key_; }

 private:
  template <typename Message>
  static void restore_state(State& state, const Message& message);
  template <typename Command>
  static StreamId stream_of_message(const google::protobuf::Message& message) {
    return stream_of<State>(static_cast<const Command&>(message));
  }
  template <typename Command>
  static Decision decide_message(const AggregateState& state,
                                 const google::protobuf::Message& message, const Context& context) {
    // Without one, `check_aggregate` must be the only one to complain: it names the pair.
    if constexpr (tidemark::detail::Decides<State, Command>) {
      return decide(static_cast<const TypedState<State>&>(state).state,
                    static_cast<const Command&>(message), context);
    } else {
      return nothing();
    }
  }

  template <typename Command>
  static std::vector<Criterion> criteria_of_message(const google::protobuf::Message& message) {
    return State::criteria(static_cast<const Command&>(message));
  }
  template <typename Command>
  static std::unique_ptr<AggregateState> about_message(const google::protobuf::Message& message) {
    auto typed = std::make_unique<TypedState<State>>();
    typed->state = state_about<State>(static_cast<const Command&>(message));
    return typed;
  }

  std::vector<CommandType> commands_;
  std::vector<const google::protobuf::Descriptor*> events_;
  std::string snapshot_key_;
};

template <typename State, typename Message>
void restore_by_lookup(State& state, const Message& message) {
  restore(state, message);
}

template <Aggregate State>
template <typename Message>
void TypedModel<State>::restore_state(State& state, const Message& message) {
  restore_by_lookup(state, message);
}

}  // namespace detail

/// The model of an aggregate type, or of a boundary. Does not compile when it is not whole, see
/// `check_aggregate` and `check_boundary`.
template <Aggregate State>
std::unique_ptr<const AggregateModel> aggregate_model() {
  return std::make_unique<detail::TypedModel<State>>();
}

}  // namespace tidemark::command
