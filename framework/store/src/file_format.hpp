#pragma once

#include <cstdint>
#include <string>

#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// The newest format of a store file, `PRAGMA user_version`.
constexpr std::uint32_t file_format = 2;

/// The connection that commits: brings the file to the newest format, WAL mode, durability as
/// asked.
sqlite::Database open_for_writing(const SqliteStoreOptions& options);
/// A connection that reads; the file must have been opened before, or exist in the newest format.
sqlite::Database open_for_reading(const SqliteStoreOptions& options);

/// Gives a new file its identity; an old one keeps it.
void give_identity(sqlite::Database& database, const Identity& identity);
Identity read_identity(sqlite::Database& database);

}  // namespace tidemark::store
