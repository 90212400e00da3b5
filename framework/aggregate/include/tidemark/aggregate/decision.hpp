#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/stream_id.hpp"

namespace tidemark {

/// A refusal by the business: an answer, not an error.
struct Rejection {
  std::string code;    ///< stable, dotted: "campaign.closed"
  std::string detail;  ///< for a person, may be empty
};

/// An event and the stream that it goes to; made by `to`, see `joint.hpp`.
template <std::derived_from<google::protobuf::Message> Event>
struct Addressed {
  StreamId stream;
  Event event;
};

/// What `decide` answers: events to store, nothing to do, or a rejection.
///
/// Made by `emit`, `nothing` and `reject`. A value; moving leaves it empty.
class [[nodiscard]] Decision {
 public:
  enum class Kind { events, nothing, rejected };
  using Events = std::vector<std::unique_ptr<google::protobuf::Message>>;

  explicit Decision(Events events)
      : kind_(Kind::events), events_(std::move(events)), streams_(events_.size()) {}
  explicit Decision(Rejection rejection)
      : kind_(Kind::rejected), rejection_(std::move(rejection)) {}
  Decision() = default;

  [[nodiscard]] Kind kind() const { return kind_; }
  /// In the order in which they will be stored; empty unless `kind()` is `events`.
  [[nodiscard]] const Events& events() const { return events_; }
  /// Where each event goes, as many as there are events; no name: to the stream of the command.
  [[nodiscard]] const std::vector<StreamId>& streams() const { return streams_; }
  /// Meaningful only when `kind()` is `rejected`.
  [[nodiscard]] const Rejection& rejection() const { return rejection_; }

  /// Adds one more event, for decisions of varying length: `Decision d; d.also(e);`
  template <std::derived_from<google::protobuf::Message> Event>
  Decision& also(Event event) {
    return also(Addressed<Event>{.stream = {}, .event = std::move(event)});
  }
  template <std::derived_from<google::protobuf::Message> Event>
  Decision& also(Addressed<Event> addressed) {
    kind_ = Kind::events;
    events_.push_back(std::make_unique<Event>(std::move(addressed.event)));
    streams_.push_back(std::move(addressed.stream));
    return *this;
  }

 private:
  Kind kind_ = Kind::nothing;
  Events events_;
  std::vector<StreamId> streams_;
  Rejection rejection_;
};

namespace detail {

template <typename T>
inline constexpr bool is_addressed = false;
template <typename Event>
inline constexpr bool is_addressed<Addressed<Event>> = true;

/// What `emit` takes: an event, or one with its stream.
template <typename T>
concept Emittable = std::derived_from<T, google::protobuf::Message> || is_addressed<T>;

}  // namespace detail

/// Accepts the command with these events, stored in this order, all or none.
template <detail::Emittable... Parts>
  requires(sizeof...(Parts) > 0)
Decision emit(Parts... events) {
  Decision decision;
  (decision.also(std::move(events)), ...);
  return decision;
}

/// Accepts the command without a change: what it asks for is so already.
inline Decision nothing() { return Decision(); }

/// Refuses the command. `code` is stable and dotted; clients switch on it.
inline Decision reject(std::string code, std::string detail = {}) {
  return Decision(Rejection{std::move(code), std::move(detail)});
}

}  // namespace tidemark
