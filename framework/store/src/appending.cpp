#include "tidemark/store/appending.hpp"

namespace tidemark::store {

EventView view_of(const NewEvent& event, const AppendId& append, const StreamId& stream) {
  return {.metadata = {.event_id = event.event_id,
                       .append_id = append,
                       .stream = stream.name(),
                       .event_time = event.event_time,
                       .ingested_at = event.ingested_at,
                       .correlation_id = event.correlation_id,
                       .causation_id = event.causation_id,
                       .traceparent = event.traceparent,
                       .tenant = event.tenant},
          .type = event.type,
          .schema = event.schema,
          .data = event.data};
}

bool is_told_by_events(const Append& append) {
  if (append.answer || append.on_duplicate != OnDuplicate::refuse) return false;
  for (const auto& write : append.streams) {
    if (write.events.empty()) return false;
  }
  return !append.streams.empty() &&
         append.streams.front().events.front().event_id.uuid() == append.id.uuid();
}

std::uint64_t event_count(const Appended& outcome) {
  return outcome.last.value() == 0 ? 0 : outcome.last.value() - outcome.first.value() + 1;
}

std::string encode_versions(const std::vector<StreamVersion>& versions) {
  std::string bytes;
  for (const auto version : versions) {
    auto number = version.value();
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>((number & 0x7F) | 0x80);
    bytes += static_cast<char>(number);
  }
  return bytes;
}

std::vector<StreamVersion> decode_versions(std::string_view bytes) {
  std::vector<StreamVersion> versions;
  std::uint64_t number = 0;
  unsigned shift = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << (shift & 63U);
    shift += 7;
    if ((byte & 0x80U) != 0) continue;
    versions.emplace_back(number);
    number = 0;
    shift = 0;
  }
  return versions;
}

}  // namespace tidemark::store
