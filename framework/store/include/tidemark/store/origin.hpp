#pragma once

#include <optional>
#include <string_view>

#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// The place in a log that a file beside it follows from: what read models, feeds and intake keep,
/// so that it is noticed when they are put beside another log.
struct Origin {
  Checkpoint checkpoint;
  StoreId store;

  /// As they are kept: 32 and 16 bytes. Views of this object.
  [[nodiscard]] std::string_view chain_bytes() const;
  [[nodiscard]] std::string_view store_bytes() const;
};

/// What was kept. Bytes of another size make a place that no log has.
Origin read_origin(Position position, std::string_view chain, std::string_view store_id);

/// The place of that position in `log`; none when it has no such position.
std::optional<Origin> origin_at(EventStore& log, Position position);

/// Whether `log` has that place. False: it is another log, or an older copy of this one.
bool has_origin(EventStore& log, const Origin& origin);

}  // namespace tidemark::store
