#pragma once

#include <optional>
#include <set>
#include <unordered_map>

#include "tidemark/store/event_store.hpp"

namespace tidemark::intake {

/// Events that an earlier process stored for lines that it did not live to remember: found again,
/// they are no repetitions.
class StoredBefore {
 public:
  /// Looks at what the log has behind `position`. Beyond two million events it does not look: then
  /// such lines count as repeated.
  StoredBefore(store::EventStore& store, Position position);
  /// Where it stands if it is one of them; once for each.
  std::optional<Position> claim(const EventId& event);
  /// Whether the events of a command, the last of which stands at `position`, are among them.
  bool claim(const CommandId& command, Position position);

 private:
  const Position from_;
  const Position to_;
  std::unordered_map<EventId, Position> events_;
  std::set<CommandId> commands_;  ///< claimed
};

}  // namespace tidemark::intake
