#include "tidemark/intake/line_mapper.hpp"

#include "tidemark/intake/v1/mismatch.pb.h"

namespace tidemark::intake {

std::optional<UtcTime> event_time(const Mapped& mapped) {
  if (const auto* fact = std::get_if<Fact>(&mapped)) return fact->event.event_time;
  if (const auto* command = std::get_if<Command>(&mapped)) {
    return command->message.options.event_time;
  }
  if (const auto* time = std::get_if<TimeOnly>(&mapped)) return time->event_time;
  return std::nullopt;
}

std::vector<const google::protobuf::Descriptor*> event_types() {
  return {v1::SchemaMismatch::descriptor()};
}

}  // namespace tidemark::intake
