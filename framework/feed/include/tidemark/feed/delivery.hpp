#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tidemark/schema/envelope.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::feed {

/// Where a delivery comes from.
struct KafkaPlace {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  friend auto operator<=>(const KafkaPlace&, const KafkaPlace&) = default;
};
using Place = std::variant<Position, KafkaPlace>;

/// "position 17" or "topic/partition@offset".
std::string to_string(const Place& place);

/// One event for a handler. Type and data are today's (renamed, upcast); the metadata are as
/// stored. A view: it ends with the call it is given to.
struct Delivery {
  EventView event;
  std::string_view key;  ///< what is parked together: the stream, or the record's key from Kafka
  Place place;
  /// Why its source could not read it; then type and data are as stored, no handler sees it, and
  /// its key is parked. Empty when it could.
  std::string_view unreadable = {};
};

/// "campaign adtech.v1.CampaignOpened at position 17": what is named to the operator.
std::string describe(const Delivery& delivery);

}  // namespace tidemark::feed
