#include "log_view.hpp"

#include "tidemark/base/random.hpp"

namespace tidemark::testing {

EventView view_of(const LogEvent& logged, const std::string& data, std::size_t index) {
  const auto& message = *logged.message.events().front();
  EventView view{.type = message.GetDescriptor()->full_name(), .schema = 1, .data = data};
  view.metadata.position = Position(index + 1);
  view.metadata.version = StreamVersion(index + 1);
  view.metadata.stream = logged.stream;
  view.metadata.event_time = logged.event_time;
  view.metadata.recorded_at = logged.event_time;
  SeededRandom random(index);
  view.metadata.event_id = EventId(Uuid::version7(logged.event_time, random));
  return view;
}

}  // namespace tidemark::testing
