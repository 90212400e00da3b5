#include "parking_log.hpp"

namespace tidemark::feed {

void ParkingLog::set_aside(const Delivery& delivery, const Parking& parking) const {
  if (parking.attempts == 0) return;  // behind an earlier one, which was said
  if (parking.state == ParkState::parked) {
    parked(delivery, parking.reason, parking.attempts);
    return;
  }
  log_.info("feed.retrying", {{"key", delivery.key},
                              {"event", describe(delivery)},
                              {"reason", parking.reason},
                              {"next_attempt_at", to_string(parking.next_attempt_at)}});
}

void ParkingLog::parked(const Delivery& delivery, const std::string& reason,
                        std::uint32_t attempts) const {
  log_.warn("feed.parked",
            {{"key", delivery.key},
             {"event", describe(delivery)},
             {"reason", reason},
             {"attempts", attempts},
             {"hint",
              "its key waits: `parked list` and `parked show` say what, then `parked retry` or "
              "`parked drop`"}});
}

void ParkingLog::unparked(const Delivery& delivery, std::uint32_t attempts) const {
  log_.info("feed.unparked",
            {{"key", delivery.key}, {"event", describe(delivery)}, {"attempts", attempts}});
}

}  // namespace tidemark::feed
