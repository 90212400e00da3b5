#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/schema/envelope.hpp"

namespace tidemark::store {

enum class Direction : std::uint8_t { forward, backward };

/// A kind of events: of one of these types, with all of these tags. What is left out does not
/// matter; one that names nothing meets every event.
struct Criterion {
  std::vector<std::string> types = {};  ///< full names, at most 64
  std::vector<std::string> tags = {};   ///< at most 16
};

/// Whether an event meets one of `criteria`; with none, every event does. For events that were
/// found by something else.
bool meets_any(const std::vector<Criterion>& criteria, const EventView& event);

/// Which events, from where, how many. Everything left out means "no restriction".
struct ReadQuery {
  /// First position that may be returned. Forward: 0 and 1 both mean the first event. Backward:
  /// none means the newest.
  std::optional<Position> from = {};
  Direction direction = Direction::forward;
  std::optional<std::string> category = {};  ///< only streams of this category
  /// Only these types (full names), at most 1,024; empty: all.
  std::vector<std::string> types = {};
  std::optional<std::string> correlation_id = {};
  std::vector<Criterion> criteria = {};  ///< events that meet one of these, at most 64; empty: all
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

/// What a person did to a stream.
enum class Deletion : std::uint8_t {
  none,
  soft,  ///< its events are gone; who writes to it again begins anew behind them
  hard,  ///< its events are gone, and so is its name, for ever
};

/// A stream as a writer finds it.
struct StreamState {
  StreamVersion version;  ///< the last that was ever given; 0: never written to
  /// `none` again once somebody writes to a stream whose deletion was soft.
  Deletion deletion = Deletion::none;
  /// The version at which it was last deleted; 0: never. What was remembered of it up to there, a
  /// snapshot for instance, is about another life of the stream.
  StreamVersion deleted_through;
  /// The first version that reads of the stream show: those before were deleted or truncated, or
  /// are beyond what `Retention` keeps. Above `version` when none is left.
  StreamVersion first = StreamVersion(1);
  /// A mark of which of its events are skipped; 0: none are. What was remembered of the stream
  /// under another mark was made from other events.
  std::uint64_t skips = 0;

  /// Whether it has been written to and is not deleted.
  [[nodiscard]] bool exists() const { return version.value() > 0 && deletion == Deletion::none; }
};

/// Called once per event, in order; the view ends with the call. Answer false to stop after this
/// event.
using Visitor = std::function<bool(const EventView&)>;

/// What is known about one stream.
struct StreamInfo {
  StreamId stream;
  StreamVersion version;
  Position last_position;
  Deletion deletion = Deletion::none;
};

}  // namespace tidemark::store
