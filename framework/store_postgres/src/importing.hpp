#pragma once

#include <span>
#include <string>
#include "store_names.hpp"

#include "group_plan.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::store_postgres {

/// Stores an import as one transaction; harmless to do again when it was cut off.
Result<Appended, AppendError> store_import(postgres::Connection& connection, const Import& import,
                                           const Preparation& preparation, UtcTime now,
                                           const std::string& channel);

/// Stores events as they are stored elsewhere, see `Replica::put_events`.
void store_copies(postgres::Connection& connection, std::span<const StoredEvent> events,
                  UtcTime now, const std::string& channel);

}  // namespace tidemark::store_postgres
