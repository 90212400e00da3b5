#pragma once

#include <cstdint>
#include <string>
#include "store_names.hpp"

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/store_postgres/postgres_store.hpp"

namespace tidemark::store_postgres {

/// How every connection of a store is opened: names are those of its schema, plans and time-outs as
/// its statements need them.
postgres::ConnectOptions connect_options(const PostgresStoreOptions& options);

/// Brings the schema to the newest format, or checks that it has it, as the options say.
void prepare_schema(postgres::Connection& connection, const PostgresStoreOptions& options);

/// The newest format of the tables.
std::uint32_t newest_format();

/// Gives a new store its identity; an old one keeps it.
void give_identity(postgres::Connection& connection, const store::Identity& identity);
store::Identity read_identity(postgres::Connection& connection);

/// What is notified on after a commit.
std::string channel_of(const PostgresStoreOptions& options);

}  // namespace tidemark::store_postgres
