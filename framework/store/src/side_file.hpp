#pragma once

#include <filesystem>
#include <optional>

#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// Where the side store of a log lies: `tidemark.side.db` beside `tidemark.db`.
std::filesystem::path side_file(const std::filesystem::path& log_file);

/// The connection that writes the side store. One that cannot be used is made anew, as all that is
/// in it follows from the log; none when a later version wrote it.
std::optional<sqlite::Database> open_side_for_writing(const SqliteStoreOptions& options);
/// Takes the side store off the disk. Whoever has it open goes on with what it was.
void remove_side(const SqliteStoreOptions& options);
/// A connection that reads; none when there is nothing to read.
std::optional<sqlite::Database> open_side_for_reading(const SqliteStoreOptions& options);

/// How far a side store follows which log.
struct SideState {
  StoreId store_id;
  Checkpoint through;
  std::int64_t life_changes = 0;
};
SideState read_side_state(sqlite::Database& side);
void write_side_state(sqlite::Database& side, const SideState& state);

/// Chunks are kept under a number made of the stream's and of their first version, so that those of
/// a stream lie together. None for numbers that are too large for it.
std::optional<std::int64_t> chunk_key(std::int64_t stream_id, std::uint64_t version);
/// The first version in the chunk with that key.
std::uint64_t chunk_version(std::int64_t key);

}  // namespace tidemark::store
