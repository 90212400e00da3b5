#include "tidemark/feed/delivery.hpp"

#include <fmt/format.h>

namespace tidemark::feed {

std::string to_string(const Place& place) {
  if (const auto* position = std::get_if<Position>(&place)) {
    return fmt::format("position {}", position->value());
  }
  const auto& kafka = std::get<KafkaPlace>(place);
  return fmt::format("{}/{}@{}", kafka.topic, kafka.partition, kafka.offset);
}

std::string describe(const Delivery& delivery) {
  return fmt::format("{} {} at {}", delivery.event.metadata.category(), delivery.event.type,
                     to_string(delivery.place));
}

}  // namespace tidemark::feed
