#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/aggregate/aggregate.hpp"
#include "tidemark/base/list.hpp"
#include "tidemark/saga/outbox.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark {

/// Where a new reaction starts. It must be said: a reaction that began at the beginning by accident
/// would send commands about everything that ever happened.
enum class ReactTo : std::uint8_t {
  everything,  ///< from the first event, or the first closed window
  news,        ///< only what comes after the reaction was first started
};

struct ReactionSpec {
  std::string_view name;
  ReactTo start;
};

/// A reaction's only means: to send commands. Each has an id that follows from the reaction, its
/// input and its ordinal, so that an input that comes again sends nothing anew.
class Dispatch {
 public:
  void send(const google::protobuf::Message& command) {
    sent_.push_back({.type = command.GetDescriptor()->full_name(), .data = serialize(command)});
  }
  [[nodiscard]] const std::vector<Outbox::Sent>& sent() const { return sent_; }

 private:
  std::vector<Outbox::Sent> sent_;
};

/// Undefined on purpose: names the input for which a reaction has no `on`.
template <typename Reaction, typename Input>
struct no_reaction_for;

namespace saga {

/// An event reaction without its C++ type. Pure; safe from any thread.
class ReactionModel {
 public:
  virtual ~ReactionModel() = default;
  [[nodiscard]] virtual const ReactionSpec& spec() const = 0;
  [[nodiscard]] virtual const std::vector<const google::protobuf::Descriptor*>& events() const = 0;
  /// What it sends on this event. Throws `std::runtime_error` when it cannot be decoded.
  [[nodiscard]] virtual std::vector<Outbox::Sent> react(const EventView& event) const = 0;
};

}  // namespace saga
}  // namespace tidemark
