#pragma once

#include <string_view>
#include "store_names.hpp"

#include "tidemark/postgres/connection.hpp"

// Writers commit under a lock that others wait for, and wait for the disk when they have given it
// back. So what is committed may be seen before it is on disk, but never acknowledged: everything
// that is said of a commit begins with one of these.
namespace tidemark::store_postgres {

/// Orders the rest of the transaction to be committed without waiting for the disk. Servers with
/// synchronous standbys wait nevertheless: there, seen means replicated.
std::string_view commit_early_sql();

/// When it is answered, all that was committed before it is on disk, and on standbys that the
/// server waits for. Outside of a transaction.
postgres::Statement flush_statement();

/// Returns when all that this connection has seen is on disk.
void make_durable(postgres::Connection& connection);

/// The end of the log, committed and on disk; what is not yet is brought there first, unless it is
/// not above `known`.
Checkpoint durable_end(postgres::Connection& connection, Position known);

}  // namespace tidemark::store_postgres
