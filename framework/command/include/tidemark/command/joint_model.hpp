#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tidemark/aggregate/joint.hpp"
#include "tidemark/command/aggregate_model.hpp"

namespace tidemark::command {

/// A joint decision without its C++ type: which aggregates its commands are decided on.
/// Holds no data but the models of its aggregates; safe from any thread.
class JointModel {
 public:
  struct CommandType {
    const google::protobuf::Descriptor* type = nullptr;
    const google::protobuf::Message* prototype = nullptr;
    std::vector<StreamId> (*streams_of)(const google::protobuf::Message&) = nullptr;
    /// One state for each of `aggregates()`, of its type.
    Decision (*decide)(std::span<const AggregateState* const>, const google::protobuf::Message&,
                       const Context&) = nullptr;
  };

  virtual ~JointModel() = default;
  [[nodiscard]] virtual const std::vector<CommandType>& commands() const = 0;
  /// In the order of the streams.
  [[nodiscard]] virtual const std::vector<std::unique_ptr<const AggregateModel>>& aggregates()
      const = 0;
};

namespace detail {

template <JointDecision Joint>
class TypedJointModel final : public JointModel {
 public:
  TypedJointModel() {
    check_joint_decision<Joint>();
    Joint::Aggregates::for_each(
        [&]<typename State>() { aggregates_.push_back(aggregate_model<State>()); });
    Joint::Commands::for_each([&]<typename Command>() {
      commands_.push_back({.type = Command::descriptor(),
                           .prototype = &Command::default_instance(),
                           .streams_of = &streams_of_message<Command>,
                           .decide = &decide_message<Command>});
    });
  }

  [[nodiscard]] const std::vector<CommandType>& commands() const override { return commands_; }
  [[nodiscard]] const std::vector<std::unique_ptr<const AggregateModel>>& aggregates()
      const override {
    return aggregates_;
  }

 private:
  using States = std::span<const AggregateState* const>;

  template <typename Command>
  static std::vector<StreamId> streams_of_message(const google::protobuf::Message& message) {
    return streams_of<Joint>(static_cast<const Command&>(message));
  }
  template <typename Command>
  static Decision decide_message(States states, const google::protobuf::Message& message,
                                 const Context& context) {
    return decide_on(states, static_cast<const Command&>(message), context,
                     typename Joint::Aggregates(),
                     std::make_index_sequence<Joint::Aggregates::size>());
  }
  template <typename Command, typename... Aggregates, std::size_t... At>
  static Decision decide_on(States states, const Command& command, const Context& context,
                            List<Aggregates...>, std::index_sequence<At...>) {
    // Without one, `check_joint_decision` must be the only one to complain: it names the pair.
    if constexpr (tidemark::detail::decides_jointly<Command, List<Aggregates...>>) {
      return decide(static_cast<const TypedState<Aggregates>&>(*states[At]).state..., command,
                    context);
    } else {
      return nothing();
    }
  }

  std::vector<CommandType> commands_;
  std::vector<std::unique_ptr<const AggregateModel>> aggregates_;
};

}  // namespace detail

/// The model of a joint decision. Does not compile when it is not whole, see
/// `check_joint_decision`.
template <JointDecision Joint>
std::unique_ptr<const JointModel> joint_model() {
  return std::make_unique<detail::TypedJointModel<Joint>>();
}

}  // namespace tidemark::command
