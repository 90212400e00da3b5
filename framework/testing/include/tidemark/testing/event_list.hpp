#pragma once

#include <google/protobuf/message.h>

#include <concepts>
#include <memory>
#include <source_location>
#include <vector>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::testing {

/// When tests take place unless they say otherwise: 2026-01-01T00:00:00Z.
inline constexpr UtcTime test_time = UtcTime::from_micros(1'767'225'600'000'000);

using Events = std::vector<std::unique_ptr<google::protobuf::Message>>;

/// Events as a test writes them down: one message, one with its stream (`to<Campaign>("c1",
/// event)`), or a list of messages of one type. Holds copies and knows the line of the test that it
/// was written on.
class EventList {
 public:
  template <std::derived_from<google::protobuf::Message> Event>
  EventList(const Event& event,  // NOLINT(google-explicit-constructor): a test names just the event
            std::source_location where = std::source_location::current())
      : where_(where) {
    add(event, StreamId());
  }
  template <std::derived_from<google::protobuf::Message> Event>
  EventList(const Addressed<Event>& event,  // NOLINT(google-explicit-constructor): as above
            std::source_location where = std::source_location::current())
      : where_(where) {
    add(event.event, event.stream);
  }
  template <std::derived_from<google::protobuf::Message> Event>
  EventList(const std::vector<Event>& events,  // NOLINT(google-explicit-constructor): as above
            std::source_location where = std::source_location::current())
      : where_(where) {
    for (const auto& event : events) add(event, StreamId());
  }

  [[nodiscard]] const Events& events() const { return events_; }
  /// Where each goes, as many as there are events; no name where the test does not say.
  [[nodiscard]] const std::vector<StreamId>& streams() const { return streams_; }
  [[nodiscard]] const std::source_location& where() const { return where_; }
  /// Puts the events of `other` behind its own.
  EventList& append(EventList other);

 private:
  void add(const google::protobuf::Message& event, const StreamId& stream);

  Events events_;
  std::vector<StreamId> streams_;
  std::source_location where_;
};

}  // namespace tidemark::testing
