#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/aggregate/aggregate.hpp"
#include "tidemark/base/list.hpp"
#include "tidemark/projection/closed.hpp"
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

/// A closed window without its C++ types. A view.
struct ClosedRow {
  std::string_view projection;
  std::string_view row;                   ///< the row then, as Protobuf bytes
  const std::string* previous = nullptr;  ///< at the closing before; null at the first
  std::uint32_t revision = 1;
  Window window;
};

/// A reaction without its C++ type. Pure; safe from any thread.
class ReactionModel {
 public:
  virtual ~ReactionModel() = default;
  [[nodiscard]] virtual const ReactionSpec& spec() const = 0;
  /// The event types it watches.
  [[nodiscard]] virtual const std::vector<const google::protobuf::Descriptor*>& events() const = 0;
  /// The projections whose closed windows it watches.
  [[nodiscard]] virtual const std::vector<std::string>& windows() const = 0;
  /// The commands it may send.
  [[nodiscard]] virtual const std::vector<const google::protobuf::Descriptor*>& commands()
      const = 0;
  /// What it sends on an event. Throws `std::runtime_error` when it cannot be decoded.
  [[nodiscard]] virtual std::vector<Outbox::Sent> react(const EventView& event) const = 0;
  /// What it sends on a closed window. Throws `std::runtime_error` when the row cannot be decoded.
  [[nodiscard]] virtual std::vector<Outbox::Sent> react(const ClosedRow& closed) const = 0;
};

namespace detail {

template <typename Input>
struct ReactionInput {
  static constexpr bool is_window = false;
};
template <typename P>
struct ReactionInput<Closed<P>> {
  static constexpr bool is_window = true;
  using Projection = P;
};

template <typename Reaction, typename Event>
concept ReactsToEvent = requires(Dispatch& out, const Event& event, const Metadata& metadata) {
  { Reaction::on(out, event, metadata) } -> std::same_as<void>;
};
template <typename Reaction, typename Window>
concept ReactsToWindow = requires(Dispatch& out, const Window& closed) {
  { Reaction::on(out, closed) } -> std::same_as<void>;
};

void parse_or_throw(google::protobuf::Message& message, std::string_view bytes);

template <typename Reaction>
class TypedReaction final : public ReactionModel {
 public:
  TypedReaction() {
    Reaction::Inputs::for_each([&]<typename Input>() {
      using Of = ReactionInput<Input>;
      if constexpr (Of::is_window) {
        if constexpr (!ReactsToWindow<Reaction, Input>) {
          static_cast<void>(sizeof(no_reaction_for<Reaction, Input>));
        }
        windows_.emplace_back(Of::Projection::spec.name);
      } else {
        if constexpr (!ReactsToEvent<Reaction, Input>) {
          static_cast<void>(sizeof(no_reaction_for<Reaction, Input>));
        }
        events_.push_back(Input::descriptor());
      }
    });
    Reaction::Commands::for_each(
        [&]<typename Command>() { commands_.push_back(Command::descriptor()); });
  }

  [[nodiscard]] const ReactionSpec& spec() const override { return Reaction::spec; }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& events() const override {
    return events_;
  }
  [[nodiscard]] const std::vector<std::string>& windows() const override { return windows_; }
  [[nodiscard]] const std::vector<const google::protobuf::Descriptor*>& commands() const override {
    return commands_;
  }

  [[nodiscard]] std::vector<Outbox::Sent> react(const EventView& view) const override {
    Dispatch out;
    Reaction::Inputs::for_each([&]<typename Input>() {
      if constexpr (!ReactionInput<Input>::is_window) {
        if (Input::descriptor()->full_name() != view.type) return;
        Input event;
        parse_or_throw(event, view.data);
        Reaction::on(out, event, view.metadata);
      }
    });
    return out.sent();
  }

  [[nodiscard]] std::vector<Outbox::Sent> react(const ClosedRow& closed) const override {
    Dispatch out;
    Reaction::Inputs::for_each([&]<typename Input>() {
      if constexpr (ReactionInput<Input>::is_window) {
        using P = typename ReactionInput<Input>::Projection;
        if (P::spec.name != closed.projection) return;
        typename P::Row row;
        typename P::Row previous;
        parse_or_throw(row, closed.row);
        if (closed.previous != nullptr) parse_or_throw(previous, *closed.previous);
        Reaction::on(out, Input{.row = row,
                                .previous = closed.previous != nullptr ? &previous : nullptr,
                                .revision = closed.revision,
                                .window = closed.window});
      }
    });
    return out.sent();
  }

 private:
  std::vector<const google::protobuf::Descriptor*> events_;
  std::vector<std::string> windows_;
  std::vector<const google::protobuf::Descriptor*> commands_;
};

}  // namespace detail

/// The model of a reaction type. Does not compile unless it has an `on` for each of its `Inputs`.
template <typename Reaction>
std::unique_ptr<const ReactionModel> reaction_model() {
  return std::make_unique<detail::TypedReaction<Reaction>>();
}

}  // namespace saga
}  // namespace tidemark
