#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/schema/envelope.hpp"

namespace tidemark::store {

enum class Direction : std::uint8_t { forward, backward };

/// Which events, from where, how many. Everything left out means "no restriction".
struct ReadQuery {
  /// First position that may be returned. Forward: 0 and 1 both mean the first event. Backward:
  /// none means the newest.
  std::optional<Position> from = {};
  Direction direction = Direction::forward;
  std::optional<std::string> category = {};  ///< only streams of this category
  std::vector<std::string> types = {};       ///< only these types (full names); empty: all
  std::optional<std::string> correlation_id = {};
  /// Events looked at before the read returns, so that a rare filter still returns in bounded time.
  std::uint64_t scan_max = 100'000;
  std::uint64_t limit = 1000;  ///< events returned at most, 1 to 1,000,000
};

/// One stream; versions instead of positions.
struct StreamQuery {
  StreamId stream;
  /// First version that may be returned. Forward: 0 and 1 mean the first. Backward: none is the
  /// newest.
  std::optional<StreamVersion> from = {};
  Direction direction = Direction::forward;
  std::uint64_t limit = 1000;
};

/// How far a read came.
struct ReadEnd {
  std::uint64_t returned = 0;
  /// Forward: every event up to here was looked at, so the next read starts behind it. Backward:
  /// every event from here on. 0 when nothing was there to look at. Of a stream: the position of
  /// the last event returned.
  Position scanned;
  bool at_end = false;  ///< nothing was left (forward: up to the high-water mark at that moment)
};

/// Called once per event, in order; the view ends with the call. Answer false to stop after this
/// event.
using Visitor = std::function<bool(const EventView&)>;

/// What is known about one stream.
struct StreamInfo {
  StreamId stream;
  StreamVersion version;
  Position last_position;
};

}  // namespace tidemark::store
