#include "bench/raw_log.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "bench/measured_account.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"

namespace bench {
namespace {

constexpr int wal_frame_size = 4096 + 24;
constexpr int wal_pages_soft = (16 << 20) / wal_frame_size;

constexpr const char* events_table = R"sql(
CREATE TABLE events(
  position INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, category_id INTEGER NOT NULL,
  version INTEGER NOT NULL, type_id INTEGER NOT NULL, schema INTEGER NOT NULL,
  event_id BLOB NOT NULL, append_id BLOB NOT NULL, event_time INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL, ingested_at INTEGER, correlation_id TEXT, causation_id TEXT,
  traceparent TEXT, tenant TEXT, extra BLOB, chain BLOB NOT NULL, data_digest BLOB,
  data BLOB) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events(stream_id, version);
CREATE UNIQUE INDEX events_by_id ON events(event_id);
)sql";
constexpr const char* appends_table =
    "CREATE TABLE appends(append_id BLOB PRIMARY KEY, first INTEGER NOT NULL, events INTEGER NOT "
    "NULL, skipped INTEGER NOT NULL, versions BLOB NOT NULL, answer BLOB, expires_at INTEGER) "
    "STRICT, WITHOUT ROWID";

constexpr const char* insert_row =
    "INSERT INTO events(stream_id, category_id, version, type_id, schema, event_id, append_id,"
    " event_time, recorded_at, correlation_id, causation_id, chain, data)"
    " VALUES (?1, 1, ?2, 1, 1, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9)";
constexpr const char* insert_append =
    "INSERT INTO appends(append_id, first, events, skipped, versions) VALUES (?1, ?2, 1, 0, ?3)";

void check(bool holds, const char* what) {
  if (!holds) throw tidemark::Failure({.code = "bench.raw", .message = what});
}

void run(sqlite3& database, const char* sql) {
  check(sqlite3_exec(&database, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
}

void step(sqlite3_stmt& statement) {
  check(sqlite3_step(&statement) == SQLITE_DONE, sqlite3_sql(&statement));
  sqlite3_reset(&statement);
}

int note_wal_pages(void* context, sqlite3*, const char*, int pages) {
  static_cast<std::atomic<int>*>(context)->store(pages, std::memory_order_relaxed);
  return SQLITE_OK;
}

}  // namespace

void CloseRaw::operator()(sqlite3* database) const { sqlite3_close(database); }
void CloseRaw::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

RawDatabase open_raw(const std::filesystem::path& file, bool synced) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  RawDatabase database(opened);
  check(result == SQLITE_OK, "opening a database");
  sqlite3_busy_timeout(opened, 5'000);
  run(*opened, "PRAGMA page_size = 4096");
  run(*opened, "PRAGMA journal_mode = WAL");
  run(*opened, "PRAGMA cache_size = -16384");
  run(*opened, "PRAGMA journal_size_limit = 16777216");
  run(*opened, synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  sqlite3_wal_autocheckpoint(opened, 0);
  return database;
}

RawStatement prepare_raw(sqlite3& database, const char* sql) {
  sqlite3_stmt* prepared = nullptr;
  sqlite3_prepare_v3(&database, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  check(prepared != nullptr, sql);
  return RawStatement(prepared);
}

/// Streams by name, as an open-addressed table: what a C program finds a stream's version in.
struct RawLog::Streams {
  struct Stream {
    char name[24] = {};
    std::int64_t id = 0;  ///< 0: a free place
    std::int64_t version = 0;
  };
  static constexpr std::size_t places = 4096;

  Streams() {
    for (const auto& stream : stream_names()) {
      auto& place = find(stream.name());
      stream.name().copy(place.name, sizeof place.name - 1);
      place.id = ++last_id;
    }
  }
  Stream& find(std::string_view name) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
    for (auto at = hash % places;; at = (at + 1) % places) {
      if (table[at].id == 0 || name == table[at].name) return table[at];
    }
  }

  Stream table[places];
  std::int64_t last_id = 0;
};

RawLog::RawLog(const RawOptions& options)
    : options_(options),
      database_(open_raw(options.file, options.synced)),
      streams_(std::make_unique<Streams>()) {
  run(*database_, events_table);
  if (options.appends_table) {
    run(*database_, appends_table);
    insert_append_ = prepare_raw(*database_, insert_append);
  }
  checkpointer_ = open_raw(options.file, options.synced);
  begin_ = prepare_raw(*database_, "BEGIN IMMEDIATE");
  commit_ = prepare_raw(*database_, "COMMIT");
  insert_ = prepare_raw(*database_, insert_row);
  sqlite3_wal_hook(database_.get(), &note_wal_pages, &wal_pages_);
}

RawLog::~RawLog() = default;

std::int64_t RawLog::version(std::uint32_t stream) const {
  return streams_->find(stream_names()[stream].name()).version;
}

bool RawLog::insert(const Input& input, std::int64_t expected) {
  auto& stream = streams_->find(stream_names()[input.stream].name());
  if (stream.version != expected) return false;
  if (options_.hash_chain) compute_chain(input);
  auto* row = insert_.get();
  sqlite3_bind_int64(row, 1, stream.id);
  sqlite3_bind_int64(row, 2, expected + 1);
  sqlite3_bind_blob(row, 3, input.event_id.uuid().bytes().data(), 16, SQLITE_STATIC);
  sqlite3_bind_blob(row, 4, input.append_id.uuid().bytes().data(), 16, SQLITE_STATIC);
  sqlite3_bind_int64(row, 5, input.event_time_micros);
  sqlite3_bind_text(row, 6, input.correlation_id.data(), uuid_text_size, SQLITE_STATIC);
  sqlite3_bind_text(row, 7, input.causation_id.data(), uuid_text_size, SQLITE_STATIC);
  // Without a chain, other bytes that are as random stand in its place.
  const void* chain = chain_.data();
  if (!options_.hash_chain) chain = input.correlation_id.data();
  sqlite3_bind_blob(row, 8, chain, 32, SQLITE_STATIC);
  sqlite3_bind_blob(row, 9, input.data.data(), data_size, SQLITE_STATIC);
  step(*row);
  ++position_;
  stream.version = expected + 1;
  return true;
}

void RawLog::begin() {
  if (checkpoint_wanted_.exchange(false)) {
    sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
  }
  step(*begin_);
}

void RawLog::commit() { step(*commit_); }

bool RawLog::append(const Input& input, std::int64_t expected) {
  if (options_.appends_table) {
    begin();
    const bool inserted = insert(input, expected);
    if (inserted) record_append(input, expected + 1);
    commit();
    return inserted;
  }
  // The statement by itself is the transaction.
  if (checkpoint_wanted_.exchange(false)) {
    sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
  }
  return insert(input, expected);
}

void RawLog::append(std::span<const Input> inputs) {
  begin();
  for (const auto& input : inputs) check(insert(input, version(input.stream)), "a version");
  if (options_.appends_table) record_append(inputs.front(), version(inputs.front().stream));
  commit();
}

void RawLog::record_append(const Input& input, std::int64_t version) {
  char versions[10];
  int size = 0;
  auto number = static_cast<std::uint64_t>(version);
  for (; number >= 0x80; number >>= 7) versions[size++] = static_cast<char>(number | 0x80);
  versions[size++] = static_cast<char>(number);
  auto* row = insert_append_.get();
  sqlite3_bind_blob(row, 1, input.append_id.uuid().bytes().data(), 16, SQLITE_STATIC);
  sqlite3_bind_int64(row, 2, position_);
  sqlite3_bind_blob(row, 3, versions, size, SQLITE_STATIC);
  step(*row);
}

/// H(chain before || H(envelope) || H(data)), over an envelope as long as the log's.
void RawLog::compute_chain(const Input& input) {
  using tidemark::security::digest;
  const auto& stream = stream_names()[input.stream].name();
  const auto& type = v1::Charged::descriptor()->full_name();
  char envelope[256];
  char* end = envelope + 16;  // position, version, schema, lengths, whether it was ingested
  std::memset(envelope, 1, 16);
  const auto put = [&](const void* bytes, std::size_t size) {
    std::memcpy(end, bytes, size);
    end += size;
  };
  put(stream.data(), stream.size());
  put(type.data(), type.size());
  put(input.event_id.uuid().bytes().data(), 16);
  put(input.append_id.uuid().bytes().data(), 16);
  put(&input.event_time_micros, 8);
  put(&input.event_time_micros, 8);
  put(input.correlation_id.data(), uuid_text_size);
  put(input.causation_id.data(), uuid_text_size);
  char link[96];
  const auto of_envelope = digest({envelope, static_cast<std::size_t>(end - envelope)});
  const auto of_data = digest({input.data.data(), data_size});
  std::memcpy(link, chain_.data(), 32);
  std::memcpy(link + 32, of_envelope.data(), 32);
  std::memcpy(link + 64, of_data.data(), 32);
  chain_ = digest({link, sizeof link});
}

bool RawLog::upkeep() {
  const int pages = wal_pages_.load(std::memory_order_relaxed);
  if (pages <= wal_pages_soft) next_checkpoint_pages_ = 0;
  if (pages <= wal_pages_soft || pages < next_checkpoint_pages_) return false;
  sqlite3_wal_checkpoint_v2(checkpointer_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                            nullptr);
  checkpoint_wanted_ = true;
  next_checkpoint_pages_ = pages + wal_pages_soft / 4;
  return true;
}

}  // namespace bench
