#pragma once

#include <optional>
#include <span>
#include <string>
#include "store_names.hpp"

#include "group_plan.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::store_postgres {

/// An import that is to be stored, over one connection or another.
struct PendingImport {
  explicit PendingImport(const Import& import_to_store);

  const Import& import;
  Preparation preparation;
  /// What a commit would have come to of which nobody knows whether it was done.
  std::optional<Appended> attempted;
};

/// Stores an import as one transaction; harmless to do again when it was cut off.
Result<Appended, AppendError> store_import(postgres::Connection& connection, PendingImport& pending,
                                           UtcTime now, const std::string& channel);

/// Stores events as they are stored elsewhere, see `Replica::put_events`.
void store_copies(postgres::Connection& connection, std::span<const StoredEvent> events,
                  UtcTime now, const std::string& channel);

}  // namespace tidemark::store_postgres
