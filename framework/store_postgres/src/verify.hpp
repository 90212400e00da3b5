#pragma once

#include <functional>
#include "store_names.hpp"

#include "connection_pool.hpp"
#include "tidemark/store/engine.hpp"
#include "tidemark/store/integrity_keys.hpp"

namespace tidemark::store_postgres {

/// Called now and then; false stops the work.
using VerifyProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// Whose log is checked, and by whom its checkpoints may be signed.
struct VerifiedLog {
  ConnectionPool& pool;
  StoreId store;
  const IntegrityKeys& keys;
};

/// Checks the log up to `end`, page by page.
Verified verify_log(const VerifiedLog& log, Position end, const VerifyProgress& progress);

/// Visits events as they are stored, see `Replica::stored_events`.
std::uint64_t visit_stored(ConnectionPool& pool, Position from, Position end, std::uint64_t limit,
                           const std::function<bool(const StoredEvent&)>& visit);

/// Fills in what the tables tell about themselves; with counts, by scans.
void read_facts(postgres::Connection& connection, bool with_counts, StoreFacts& facts);

}  // namespace tidemark::store_postgres
