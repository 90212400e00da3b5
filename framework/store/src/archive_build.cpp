#include "archive_build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "columns.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t events_of_piece = 5'000;
constexpr std::uint64_t entries_of_piece = 1'000;

// As they stand in the table.
constexpr int stream_column = 1;
constexpr int version_column = 3;
constexpr int event_id_column = 6;
constexpr int recorded_column = 9;
constexpr int chain_column = 16;
constexpr int digest_column = 17;
constexpr int data_column = 18;
constexpr int column_count = 19;

constexpr std::string_view insert_sql =
    "INSERT INTO events(position, stream_id, category_id, version, type_id, schema, event_id, "
    "append_id, event_time, recorded_at, ingested_at, correlation_id, causation_id, traceparent, "
    "tenant, extra, chain, data_digest, data) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
    "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
constexpr std::string_view select_sql =
    "SELECT position, stream_id, category_id, version, type_id, schema, event_id, append_id, "
    "event_time, recorded_at, ingested_at, correlation_id, causation_id, traceparent, tenant, "
    "extra, chain, data_digest, data FROM events WHERE position BETWEEN ?1 AND ?2 "
    "ORDER BY position";

/// Appends in a stretch of the log's file of which nothing but their events tells.
std::uint64_t told_in(sqlite::Database& log, const PositionRange& stretch) {
  auto select = log.statement(
      "SELECT count(*) FROM events WHERE position BETWEEN ?1 AND ?2 AND event_id = append_id AND "
      "NOT EXISTS (SELECT 1 FROM appends WHERE append_id = events.append_id)");
  return select.bind_all(stretch.low, stretch.high).next() ? read_number(select, 0) : 0;
}

[[noreturn]] void fail_missing(std::uint64_t position) {
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("there is no event at position {}", position),
                 .hint = "run verify; restore the file from a backup"});
}

}  // namespace

ArchiveBuild::ArchiveBuild(LogReader& log, const Archive& archive, const Archive* replaces)
    : made_{.archive = archive, .replaces = replaces != nullptr ? replaces->number : 0},
      file_(log.files().cold().create(archive.file)),
      next_(archive.first),
      looked_at_(archive.first - 1) {
  const LogMoment moment(log.files());
  made_.changes = log.files().changes();
  if (replaces == nullptr) return;
  made_.archive.told = replaces->told;
  auto rows = log.database().statement(
      "SELECT stream_id, truncated_before FROM lives WHERE erased_before < truncated_before");
  while (rows.next()) made_.hidden[rows.integer(0)] = read_number(rows, 1);
}

bool ArchiveBuild::copy(LogReader& log, const StoreId& store) {
  auto& archive = made_.archive;
  if (next_ > archive.last) {
    if (!is_finished_) archive.bytes = ColdFiles::finish(file_, store, archive);
    is_finished_ = true;
    return false;
  }
  auto& files = log.files();
  const LogMoment moment(files);
  const auto stretch =
      files.clip({.low = next_, .high = std::min(archive.last, next_ + events_of_piece - 1)},
                 Direction::forward);
  const auto from = files.holding(stretch.low);
  sql::in_transaction(file_, [&] {
    auto rows = from->statement(select_sql);
    auto insert = file_.statement(insert_sql);
    rows.bind_all(stretch.low, stretch.high);
    while (rows.next() && read_number(rows, 0) == next_) {
      copy_row(rows, insert);
      ++next_;
    }
  });
  if (next_ <= stretch.high) fail_missing(next_);
  if (made_.replaces == 0) archive.told += told_in(files.log(), stretch);
  return true;
}

void ArchiveBuild::copy_row(const sqlite::Statement& row, sqlite::Statement& insert) {
  note(row);
  for (int column = 0; column < column_count; ++column) {
    insert.bind_value(column + 1, row.value(column));
  }
  const auto hidden = made_.hidden.find(row.integer(stream_column));
  if (hidden != made_.hidden.end() && read_number(row, version_column) < hidden->second &&
      !row.is_null(data_column)) {
    const auto data = row.blob(data_column);
    const auto digest = security::digest(data);
    ++erased_events_;
    erased_bytes_ += data.size();
    insert.bind(digest_column + 1, as_blob(digest)).bind(data_column + 1, nullptr);
    insert.run();
  } else {
    insert.run();
  }
}

/// What the log will say of the archive.
void ArchiveBuild::note(const sqlite::Statement& row) {
  auto& archive = made_.archive;
  const auto id = read_id<EventId>(row, event_id_column);
  if (is_by_time(id)) {
    archive.id_least = archive.id_least ? std::min(*archive.id_least, id) : id;
    archive.id_greatest = archive.id_greatest ? std::max(*archive.id_greatest, id) : id;
  }
  archive.recorded_last = UtcTime::from_micros(row.integer(recorded_column));
  if (read_number(row, 0) == archive.first) archive.recorded_first = archive.recorded_last;
  archive.chain = read_hash(row, chain_column);
}

ArchiveEntries ArchiveBuild::next_entries() {
  ArchiveEntries entries;
  if (made_.replaces != 0) return entries;  // told when that one was made
  auto streams = file_.statement(
      "SELECT stream_id, max(version), max(position) FROM events INDEXED BY events_by_stream "
      "WHERE stream_id > ?1 GROUP BY stream_id ORDER BY stream_id LIMIT ?2");
  streams.bind_all(stream_, entries_of_piece);
  while (streams.next()) {
    stream_ = streams.integer(0);
    entries.streams.push_back({.stream = stream_,
                               .version = read_number(streams, 1),
                               .position = read_number(streams, 2)});
  }
  auto ids = file_.statement("SELECT position, event_id FROM events WHERE position > ?1");
  ids.bind(1, looked_at_);
  while (entries.ids.size() < entries_of_piece && ids.next()) {
    looked_at_ = read_number(ids, 0);
    const auto id = read_id<EventId>(ids, 1);
    if (!is_by_time(id)) entries.ids.push_back({.id = id, .position = looked_at_});
  }
  return entries;
}

}  // namespace tidemark::store
