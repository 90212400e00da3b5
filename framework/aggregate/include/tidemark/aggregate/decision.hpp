#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <memory>
#include <string>
#include <vector>

namespace tidemark {

/// A refusal by the business: an answer, not an error.
struct Rejection {
  std::string code;    ///< stable, dotted: "campaign.closed"
  std::string detail;  ///< for a person, may be empty
};

/// What `decide` answers: events to store, nothing to do, or a rejection.
///
/// Made by `emit`, `nothing` and `reject`. A value; moving leaves it empty.
class [[nodiscard]] Decision {
 public:
  enum class Kind { events, nothing, rejected };
  using Events = std::vector<std::unique_ptr<google::protobuf::Message>>;

  explicit Decision(Events events) : kind_(Kind::events), events_(std::move(events)) {}
  explicit Decision(Rejection rejection)
      : kind_(Kind::rejected), rejection_(std::move(rejection)) {}
  Decision() = default;

  [[nodiscard]] Kind kind() const { return kind_; }
  /// In the order in which they will be stored; empty unless `kind()` is `events`.
  [[nodiscard]] const Events& events() const { return events_; }
  /// Meaningful only when `kind()` is `rejected`.
  [[nodiscard]] const Rejection& rejection() const { return rejection_; }

  /// Adds one more event, for decisions of varying length: `Decision d; d.also(e);`
  template <std::derived_from<google::protobuf::Message> Event>
  Decision& also(Event event) {
    kind_ = Kind::events;
    events_.push_back(std::make_unique<Event>(std::move(event)));
    return *this;
  }

 private:
  Kind kind_ = Kind::nothing;
  Events events_;
  Rejection rejection_;
};

/// Accepts the command with these events, stored in this order, all or none.
template <std::derived_from<google::protobuf::Message>... Messages>
  requires(sizeof...(Messages) > 0)
Decision emit(Messages... messages) {
  Decision decision;
  (decision.also(std::move(messages)), ...);
  return decision;
}

/// Accepts the command without a change: what it asks for is so already.
inline Decision nothing() { return Decision(); }

/// Refuses the command. `code` is stable and dotted; clients switch on it.
inline Decision reject(std::string code, std::string detail = {}) {
  return Decision(Rejection{std::move(code), std::move(detail)});
}

}  // namespace tidemark
