#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tidemark/base/time.hpp"

namespace tidemark {

/// What is fixed about a projection. Whoever changes the row's layout, the events, the key, the
/// lateness or what a handler does gives it a new `version`: then a new read model is built beside
/// the old one, which serves until the new one has caught up.
struct ProjectionSpec {
  std::string_view name;  ///< of the table and the files: a-z, 0-9 and '_', first a letter
  std::uint32_t version = 1;
  /// How long after its end a window waits for events that come late, in event time.
  /// An event whose time is more than an hour ahead of when it was recorded moves the watermark
  /// only up to that hour: a wrong clock at one source must not make all others' events late.
  Micros allowed_lateness{0};
  /// A partition without events for so long does not hold up the closing of windows; for Kafka.
  Micros idle_partition_after = std::chrono::minutes(1);
  std::size_t cache_rows_max = 50'000;  ///< rows kept in memory
};

/// A span of event time: `start` belongs to it, `end` does not.
struct Window {
  UtcTime start;
  UtcTime end;
  friend bool operator==(const Window&, const Window&) = default;
};

}  // namespace tidemark
