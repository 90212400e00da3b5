#pragma once

#include <string>

#include "parked_keys.hpp"
#include "parked_rows.hpp"
#include "tidemark/feed/delivery.hpp"
#include "tidemark/observe/log.hpp"

namespace tidemark::feed {

/// Says in the log what becomes of events that fail, once it is committed: that a key was set aside
/// to be tried again, that it waits for a person, that it goes on. What fails in between is silent,
/// so an event that fails costs two lines at most until it waits.
class ParkingLog {
 public:
  ParkingLog(const observe::Logger& log, const std::string& feed)
      : log_(log.with({{"feed", feed}})) {}

  /// A key's first entry as it entered the parked table.
  void set_aside(const Delivery& delivery, const Parking& parking) const;
  /// An entry failed for the last time.
  void parked(const Delivery& delivery, const std::string& reason, std::uint32_t attempts) const;
  /// An entry was handled at last.
  void unparked(const Delivery& delivery, std::uint32_t attempts) const;

 private:
  const observe::Logger log_;
};

}  // namespace tidemark::feed
