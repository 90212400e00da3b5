#include "side_file.hpp"

#include <array>
#include <string_view>

#include "columns.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/file.hpp"
#include "tidemark/sqlite/migration.hpp"

namespace tidemark::store {
namespace {

constexpr std::string_view format_1 = R"sql(
CREATE TABLE follows(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  store_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  chain BLOB NOT NULL,
  life_changes INTEGER NOT NULL) STRICT;
CREATE TABLE correlations(
  correlation_id TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(correlation_id, position)) STRICT, WITHOUT ROWID;
CREATE TABLE chunks(
  key INTEGER PRIMARY KEY, last INTEGER NOT NULL, sum INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE tails(stream_id INTEGER PRIMARY KEY, next INTEGER NOT NULL) STRICT;
)sql";

// The sums of chunks are about their places too: all of it comes anew.
constexpr std::string_view format_2 = "DELETE FROM follows";

constexpr std::array<sqlite::Migration, 2> migrations{
    {{.to_format = 1, .sql = format_1}, {.to_format = 2, .sql = format_2}}};
constexpr sqlite::FileFormat format{
    .name = "side store", .application_id = 0x54494453, .migrations = migrations};  // "TIDS"

constexpr unsigned version_bits = 31;

sqlite::Database open(const SqliteStoreOptions& options, sqlite::OpenMode mode) {
  return sqlite::Database::open({.file = side_file(options.file),
                                 .mode = mode,
                                 // Nobody waits for it: who finds it taken comes again.
                                 .busy_timeout = Micros(0),
                                 .vfs = options.vfs,
                                 .area = "side"});
}

sqlite::Database create(const SqliteStoreOptions& options) {
  auto side = open(options, sqlite::OpenMode::create);
  side.set_pragma("page_size", "16384");  // a chunk to a page
  sqlite::migrate(side, format);
  side.set_pragma("journal_mode", "wal");
  side.set_pragma("synchronous", "normal");
  side.set_pragma("secure_delete", "on");
  return side;
}

bool is_useless(const Failure& failure) {
  return failure.code() == "side.corrupt" || failure.code() == "side.not_a_database" ||
         failure.code() == "side.foreign";
}

}  // namespace

std::filesystem::path side_file(const std::filesystem::path& log_file) {
  auto file = log_file;
  return file.replace_extension(".side.db");
}

std::optional<sqlite::Database> open_side_for_writing(const SqliteStoreOptions& options) {
  try {
    return create(options);
  } catch (const Failure& failure) {
    if (failure.code() == "side.newer_format") return std::nullopt;
    if (!is_useless(failure) || !options.vfs.empty()) throw;
  }
  remove_side(options);
  return create(options);
}

void remove_side(const SqliteStoreOptions& options) {
  if (!options.vfs.empty()) return;  // not a file of the system's
  sqlite::try_to_remove_file(side_file(options.file), options.vfs);
}

std::optional<sqlite::Database> open_side_for_reading(const SqliteStoreOptions& options) {
  try {
    auto side = open(
        options, options.read_only ? sqlite::OpenMode::read_only : sqlite::OpenMode::read_write);
    sqlite::check_format(side, format);
    side.set_pragma("query_only", "1");
    return side;
  } catch (const Failure&) {
    return std::nullopt;  // whatever it is: the log has all that it would tell
  }
}

SideState read_side_state(sqlite::Database& side) {
  SideState state;
  auto row =
      side.statement("SELECT store_id, position, chain, life_changes FROM follows WHERE one = 1");
  if (row.next()) {
    state.store_id = read_id<StoreId>(row, 0);
    state.through = {.position = Position(read_number(row, 1)), .chain = read_hash(row, 2)};
    state.life_changes = row.integer(3);
  }
  return state;
}

void write_side_state(sqlite::Database& side, const SideState& state) {
  side.statement(
          "INSERT OR REPLACE INTO follows(one, store_id, position, chain, life_changes) "
          "VALUES(1, ?1, ?2, ?3, ?4)")
      .bind_all(as_blob(state.store_id), state.through.position.value(),
                as_blob(state.through.chain), state.life_changes)
      .run();
}

std::optional<std::int64_t> chunk_key(std::int64_t stream_id, std::uint64_t version) {
  if (stream_id >= (std::int64_t{1} << 32) || version >= (std::uint64_t{1} << version_bits)) {
    return std::nullopt;
  }
  return (stream_id << version_bits) | static_cast<std::int64_t>(version);
}

std::uint64_t chunk_version(std::int64_t key) {
  return static_cast<std::uint64_t>(key) & ((std::uint64_t{1} << version_bits) - 1);
}

}  // namespace tidemark::store
