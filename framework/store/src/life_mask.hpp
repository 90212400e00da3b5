#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "tidemark/schema/envelope.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {

/// What people hid and upkeep has not yet taken out of the file: one reading connection's knowledge
/// of it. Small, because upkeep makes it so.
class LifeMask {
 public:
  /// Reads it again unless `changes`, the number of the last change, is that of the last time.
  void refresh(sqlite::Database& database, std::int64_t changes);

  /// See `StreamState::skips`.
  [[nodiscard]] std::uint64_t skips_of(std::int64_t stream_id) const {
    const auto found = marks_.find(stream_id);
    return found == marks_.end() ? 0 : found->second;
  }

  /// Makes a tombstone of an event that is hidden.
  void apply(EventView& event, std::int64_t stream_id) const {
    if (!empty_ && hides(event, stream_id)) {
      event.tombstone = true;
      event.data = {};
    }
  }

 private:
  [[nodiscard]] bool hides(const EventView& event, std::int64_t stream_id) const;

  std::int64_t changes_ = -1;
  bool empty_ = true;
  std::unordered_map<std::int64_t, std::uint64_t> before_;  ///< by stream: hidden versions
  std::unordered_set<std::uint64_t> skips_;                 ///< positions
  std::unordered_map<std::int64_t, std::uint64_t> marks_;   ///< by stream
};

/// Tells every reader, with the transaction, that something was hidden, brought back or archived.
/// Returns the number of the change.
std::int64_t announce_life_change(sqlite::Database& database);
/// The number of the last change; 0: there was none.
std::int64_t last_life_change(sqlite::Database& database);

}  // namespace tidemark::store
