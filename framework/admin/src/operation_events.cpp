#include "operation_events.hpp"

#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::admin {

StreamId operation_stream(const Uuid& id) { return {operation_category, to_string(id)}; }

store::Append operation_append(store::EventStore& store, const Uuid& operation,
                               StreamVersion expected, const google::protobuf::Message& event,
                               UtcTime event_time) {
  const auto& type = *event.GetDescriptor();
  const auto id = security::derive(operation, {"operation", type.full_name()});
  NewEvent stored{.event_id = EventId(id),
                  .type = type.full_name(),
                  .schema = store.register_type(type.full_name(), fingerprint(type)),
                  .data = serialize(event),
                  .event_time = event_time,
                  .correlation_id = to_string(operation)};
  store::Append append{.id = AppendId(id)};
  append.streams.push_back({.stream = operation_stream(operation),
                            .expected = store::ExpectedState::exact(expected),
                            .events = {std::move(stored)}});
  return append;
}

}  // namespace tidemark::admin
