#pragma once

#include <concepts>
#include <source_location>
#include <string>
#include <utility>

#include "tidemark/base/time.hpp"
#include "tidemark/testing/event_list.hpp"

namespace tidemark::testing {

/// An event as it lies in the log: what, when, and in which stream. Made by `event`.
struct LogEvent {
  EventList message;
  UtcTime event_time;
  std::string stream;
};

/// An event of a test's log. `at` is its event time.
template <std::derived_from<google::protobuf::Message> Message>
LogEvent event(const Message& message, UtcTime at, std::string stream = "test-1",
               std::source_location where = std::source_location::current()) {
  return {.message = EventList(message, where), .event_time = at, .stream = std::move(stream)};
}

}  // namespace tidemark::testing
