#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "log_writer.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/store/life_cycle.hpp"

namespace tidemark::store {

/// Changes what is kept, inside a write transaction; a change that is refused leaves nothing
/// behind.
Result<LifeCycleChanged, LifeCycleError> change_life(LogWriter& writer,
                                                     const LifeCycleChange& change);

/// One round of taking out data, inside a write transaction.
Compacted compact_round(LogWriter& writer, std::uint64_t events_max);

/// What `Retention` says of a stream.
std::optional<Retention> find_retention(sqlite::Database& database, const StreamId& stream);
std::vector<Skipped> find_skipped(sqlite::Database& database, Position after, std::uint64_t limit);

}  // namespace tidemark::store
