#include "bench/plain_loop.hpp"

#include <sqlite3.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

constexpr std::uint64_t lines_per_commit = 1'000;
constexpr int data_size = 72;  // of an impression
constexpr std::size_t line_size_max = 64 * 1024;
constexpr std::size_t id_at = sizeof(R"({"event_id":")") - 1;

constexpr const char* table = R"sql(
CREATE TABLE events(
  position INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, category_id INTEGER NOT NULL,
  version INTEGER NOT NULL, type_id INTEGER NOT NULL, schema INTEGER NOT NULL,
  event_id BLOB NOT NULL, append_id BLOB NOT NULL, event_time INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL, ingested_at INTEGER, correlation_id TEXT, causation_id TEXT,
  traceparent TEXT, tenant TEXT, extra BLOB, chain BLOB NOT NULL, data_digest BLOB,
  data BLOB) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events(stream_id, version);
CREATE UNIQUE INDEX events_by_id ON events(event_id);
CREATE INDEX events_by_correlation ON events(correlation_id) WHERE correlation_id IS NOT NULL;
)sql";

constexpr const char* insert_row =
    "INSERT OR IGNORE INTO events(stream_id, category_id, version, type_id, schema, event_id,"
    " append_id, event_time, recorded_at, ingested_at, correlation_id, chain, data)"
    " VALUES (?1, 1, ?2, 1, 1, ?3, ?4, ?5, ?5, ?5, ?6, ?7, ?8)";

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void check(bool holds, const char* what) {
  if (!holds) throw tidemark::Failure({.code = "bench.plain_loop", .message = what});
}

void run(sqlite3& database, const char* sql) {
  check(sqlite3_exec(&database, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
}

int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

/// The sixteen bytes of an id in lower case.
std::array<char, 16> id_in(const char* text) {
  std::array<char, 16> bytes{};
  for (auto& byte : bytes) {
    if (*text == '-') ++text;
    byte = static_cast<char>(digit(text[0]) * 16 + digit(text[1]));
    text += 2;
  }
  return bytes;
}

void insert(sqlite3_stmt& statement, const char* line, std::uint64_t number) {
  const auto size = std::strlen(line);
  if (size < id_at + 36 + data_size + 32) return;
  const auto id = id_in(line + id_at);
  const auto whole = static_cast<sqlite3_int64>(number);
  sqlite3_bind_int64(&statement, 1, whole % 32);
  sqlite3_bind_int64(&statement, 2, whole / 32);
  sqlite3_bind_blob(&statement, 3, id.data(), 16, SQLITE_STATIC);
  sqlite3_bind_blob(&statement, 4, id.data(), 16, SQLITE_STATIC);
  sqlite3_bind_int64(&statement, 5, 1'793'484'000'000'000 + whole);
  sqlite3_bind_text(&statement, 6, line + size - 17, 14, SQLITE_STATIC);
  sqlite3_bind_blob(&statement, 7, line + size - 32, 32, SQLITE_STATIC);
  sqlite3_bind_blob(&statement, 8, line + id_at + 36, data_size, SQLITE_STATIC);
  check(sqlite3_step(&statement) == SQLITE_DONE, "inserting");
  sqlite3_reset(&statement);
}

}  // namespace

Seconds plain_loop(const std::filesystem::path& input, const std::filesystem::path& database_file,
                   bool full_durability) {
  sqlite3* opened = nullptr;
  check(sqlite3_open(database_file.c_str(), &opened) == SQLITE_OK, "opening the database");
  const std::unique_ptr<sqlite3, Close> database(opened);
  run(*database, "PRAGMA journal_mode = WAL");
  run(*database, "PRAGMA cache_size = -16384");
  run(*database, full_durability ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  run(*database, table);
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v2(opened, insert_row, -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Close> statement(prepared);
  const std::unique_ptr<std::FILE, Close> file(std::fopen(input.c_str(), "r"));
  check(statement && file, "preparing");
  const auto line = std::make_unique<char[]>(line_size_max);

  const Stopwatch watch;
  std::uint64_t number = 0;
  run(*database, "BEGIN");
  while (std::fgets(line.get(), line_size_max, file.get()) != nullptr) {
    insert(*statement, line.get(), ++number);
    if (number % lines_per_commit == 0) run(*database, "COMMIT; BEGIN");
  }
  run(*database, "COMMIT");
  return watch.seconds();
}

}  // namespace bench
