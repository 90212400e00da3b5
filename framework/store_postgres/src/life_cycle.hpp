#pragma once

#include <optional>
#include <vector>
#include "store_names.hpp"

#include "tidemark/base/result.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store_postgres {

/// Each of these is a transaction of its own; harmless to do again when it was cut off.

/// Changes what is kept. Appends wait for it, so that none is decided on what was before.
Result<LifeCycleChanged, LifeCycleError> change_life(postgres::Connection& connection,
                                                     const LifeCycleChange& change, UtcTime now);
std::optional<Retention> find_retention(postgres::Connection& connection, const StreamId& stream);
std::vector<Skipped> find_skipped(postgres::Connection& connection, Position after,
                                  std::uint64_t limit);

/// One round of taking data out. Appends do not wait for it.
Compacted compact_round(postgres::Connection& connection, std::uint64_t events_max, UtcTime now);

void put_consumers(postgres::Connection& connection, const std::vector<Consumer>& consumers);
std::vector<Consumer> find_consumers(postgres::Connection& connection);
bool remove_consumer(postgres::Connection& connection, const std::string& name);
/// The one that is furthest behind.
std::optional<Consumer> slowest_consumer(postgres::Connection& connection);

}  // namespace tidemark::store_postgres
