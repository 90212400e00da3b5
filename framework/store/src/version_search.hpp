#pragma once

#include <cstdint>

#include "event_files.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::store {

/// What never falls along the versions of a stream.
enum class Along : std::uint8_t { position, recorded_at };

/// Some versions of a stream.
struct StreamVersions {
  std::int64_t stream_id = 0;
  PositionRange versions = {};
};

/// The first of those versions that has `bound` or more; the one behind them when none has. Opens a
/// cold file only when the answer lies in it. What is in one that cannot be opened may be taken to
/// have more than it has: a version that is too low is the worst that it makes of the answer.
///
/// Inside a `LogMoment` or a write transaction.
std::uint64_t first_version(EventFiles& files, const StreamVersions& among, Along along,
                            std::int64_t bound);

/// The first `recorded_at` that such an age keeps, in microseconds. Ages are above 0; one that is
/// not is damaged, and keeps everything.
inline std::int64_t oldest_kept(UtcTime now, std::int64_t age_max) {
  return age_max > 0 ? now.micros() - age_max : INT64_MIN;
}

}  // namespace tidemark::store
