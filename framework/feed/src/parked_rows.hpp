#pragma once

#include <optional>
#include <string>

#include "tidemark/feed/delivery.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::feed {

/// A delivery that owns its texts.
struct OwnedDelivery {
  explicit OwnedDelivery(const Delivery& delivery)
      : event(delivery.event),
        key(delivery.key),
        place(delivery.place),
        unreadable(delivery.unreadable) {}
  [[nodiscard]] Delivery view() const {
    return {.event = event.view(), .key = key, .place = place, .unreadable = unreadable};
  }

  RecordedEvent event;
  std::string key;
  Place place;
  std::string unreadable;
};

/// How an entry enters the parked table.
struct Parking {
  ParkState state = ParkState::queued;
  std::string reason = {};
  std::uint32_t attempts = 0;
  UtcTime parked_at;
  UtcTime next_attempt_at = {};
};

/// The columns that `read_parked` reads, from column 0 on.
extern const char* const parked_columns;
Parked read_parked(const sql::Statement& row);

void insert_parked(sql::Database& file, const Delivery& delivery, const Parking& parking);
/// The whole delivery of an entry; none when the entry is gone.
std::optional<OwnedDelivery> load_delivery(sql::Database& file, std::int64_t id);

/// Whether a person dropped that event.
bool was_dropped(sql::Database& file, const EventId& event_id);

/// Removes the first entry of a key and makes the next one the first, due at once. False: it is
/// gone already.
bool remove_first(sql::Database& file, std::int64_t id, std::string_view key);

}  // namespace tidemark::feed
