#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tidemark/store/append.hpp"

namespace tidemark::store {

/// One event that happened elsewhere.
struct ImportedEvent {
  StreamId stream;
  NewEvent event;
  /// When it was stored elsewhere; none: now. Not before the newest in the log (`recorded_at` never
  /// falls along the positions), or the import is refused: import histories in their own order.
  /// Events that are left out have no say in it.
  std::optional<UtcTime> recorded_at = {};
};

/// Many events in one commit, each once: those whose ids are stored already are left out. The
/// fastest way in. Names are text as in an `Append`.
struct Import {
  AppendId id;  ///< of the whole batch, see `Append`
  std::vector<ImportedEvent> events;
};

}  // namespace tidemark::store
