#include "archive_naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "columns.hpp"
#include "life_mask.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

std::optional<std::int64_t> number(sqlite::Statement select) {
  if (!select.next() || select.is_null(0)) return std::nullopt;
  return select.integer(0);
}

/// The versions of a stream in an archive; empty when it has none there.
PositionRange versions_in(sqlite::Database& log, const Archive& archive, std::int64_t stream) {
  auto select = log.statement(
      "SELECT coalesce((SELECT max(version) FROM archived_streams WHERE stream_id = ?1 AND "
      "position < ?2), 0), (SELECT max(version) FROM archived_streams WHERE stream_id = ?1 AND "
      "position <= ?3)");
  select.bind_all(stream, archive.first, archive.last).next();
  return {.low = read_number(select, 0) + 1, .high = read_number(select, 1)};
}

/// What `compact` took out of the log after it was copied is in the file: it has to go from there
/// again.
void take_back_erasures(sqlite::Database& log, const NewArchive& made) {
  std::vector<std::int64_t> streams;
  auto rows = log.statement("SELECT stream_id FROM lives WHERE change > ?1 AND erased_before > 1");
  rows.bind(1, made.changes);
  while (rows.next()) streams.push_back(rows.integer(0));
  rows.reset();
  auto update = log.statement(
      "UPDATE lives SET erased_before = ?2 WHERE stream_id = ?1 AND erased_before > ?2");
  for (const auto stream : streams) {
    const auto versions = versions_in(log, made.archive, stream);
    if (versions.low <= versions.high) update.bind_all(stream, versions.low).run();
  }
}

/// What the file has no data of is erased, where all before it is.
void advance_erasures(sqlite::Database& log, const NewArchive& made) {
  auto update = log.statement(
      "UPDATE lives SET erased_before = ?3 WHERE stream_id = ?1 AND erased_before BETWEEN ?2 AND "
      "?3");
  for (const auto& [stream, before] : made.hidden) {
    const auto versions = versions_in(log, made.archive, stream);
    if (versions.low > versions.high) continue;
    update.bind_all(stream, versions.low, std::min(before, versions.high + 1)).run();
  }
}

void set_state(sqlite::Database& log, std::int64_t archive, Archive::State state) {
  log.statement("UPDATE archives SET state = ?2 WHERE number = ?1")
      .bind_all(archive, static_cast<int>(state))
      .run();
}

bool is_in(sqlite::Database& log, std::int64_t archive, Archive::State state) {
  auto select = log.statement("SELECT 1 FROM archives WHERE number = ?1 AND state = ?2");
  return select.bind_all(archive, static_cast<int>(state)).next();
}

/// Whether the file still has the place that it was written for.
bool has_place(LogWriter& writer, const NewArchive& made) {
  if (!is_being_written(writer, made.archive.number)) return false;
  return made.replaces != 0 ? is_in(writer.database(), made.replaces, Archive::State::in_use)
                            : writer.files().archived() + 1 == made.archive.first;
}

/// Whether the file ends as the log does at that position: or else it was copied from another one.
void check_end(sqlite::Database& log, const NewArchive& made) {
  auto select = made.replaces != 0 ? log.statement("SELECT chain FROM archives WHERE number = ?1")
                                   : log.statement("SELECT chain FROM events WHERE position = ?1");
  if (made.replaces != 0) {
    select.bind(1, made.replaces);
  } else {
    select.bind(1, made.archive.last);
  }
  if (select.next() && select.blob(0) == as_blob(made.archive.chain).bytes) return;
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("{} does not end as the log does at position {}",
                                        made.archive.file, made.archive.last),
                 .hint = "it is not used and will be removed; run verify"});
}

}  // namespace

void reserve_archive(LogWriter& writer, Archive& archive) {
  auto& log = writer.database();
  const auto& cold = writer.files().cold();
  auto last = log.statement("SELECT value FROM meta WHERE name = 'archive_files'");
  archive.number = next_number(number(std::move(last)).value_or(0));
  // When an older copy of the log was put back there may be files that it does not know.
  while (cold.exists(cold.name_of(archive))) ++archive.number;
  archive.file = cold.name_of(archive);
  log.statement("INSERT OR REPLACE INTO meta(name, value) VALUES('archive_files', ?1)")
      .bind(1, archive.number)
      .run();
  log.statement("INSERT INTO archives(number, state, first, last, file) VALUES(?1, 0, ?2, ?3, ?4)")
      .bind_all(archive.number, archive.first, archive.last, std::string_view(archive.file))
      .run();
}

void put_entries(LogWriter& writer, const ArchiveEntries& entries) {
  auto& log = writer.database();
  auto put_stream = log.statement(
      "INSERT OR REPLACE INTO archived_streams(stream_id, version, position) VALUES(?1, ?2, ?3)");
  for (const auto& [stream, version, position] : entries.streams) {
    put_stream.bind_all(stream, version, position).run();
  }
  auto put_id =
      log.statement("INSERT OR REPLACE INTO archived_ids(event_id, position) VALUES(?1, ?2)");
  for (const auto& [id, position] : entries.ids) put_id.bind_all(as_blob(id), position).run();
}

bool name_archive(LogWriter& writer, const NewArchive& made) {
  if (!has_place(writer, made)) return false;
  auto& log = writer.database();
  check_end(log, made);
  const auto& archive = made.archive;
  auto update = log.statement(
      "UPDATE archives SET chain = ?2, id_least = ?3, id_greatest = ?4, recorded_first = ?5, "
      "recorded_last = ?6, told = ?7, bytes = ?8 WHERE number = ?1");
  update.bind(1, archive.number).bind(2, as_blob(archive.chain));
  if (archive.id_least) update.bind(3, as_blob(*archive.id_least));
  if (archive.id_greatest) update.bind(4, as_blob(*archive.id_greatest));
  update.bind(5, archive.recorded_first.micros())
      .bind(6, archive.recorded_last.micros())
      .bind(7, archive.told)
      .bind(8, archive.bytes)
      .run();
  set_state(log, archive.number, Archive::State::in_use);
  if (made.replaces != 0) set_state(log, made.replaces, Archive::State::given_up);
  if (made.replaces == 0) {
    take_back_erasures(log, made);
  } else {
    advance_erasures(log, made);
  }
  writer.announce_archives();
  return true;
}

std::uint64_t purge_archived(LogWriter& writer, std::uint64_t events_max) {
  auto& log = writer.database();
  log.statement(
         "DELETE FROM events WHERE position <= ?1 AND "
         "position < (SELECT min(position) FROM events) + ?2")
      .bind_all(writer.files().archived(), events_max)
      .run();
  return log.changes();
}

bool is_being_written(LogWriter& writer, std::int64_t archive) {
  return is_in(writer.database(), archive, Archive::State::writing);
}

bool give_up_archive(LogWriter& writer, std::int64_t archive) {
  auto& log = writer.database();
  log.statement("UPDATE archives SET state = 2 WHERE number = ?1 AND state = 0")
      .bind(1, archive)
      .run();
  return log.changes() == 1;
}

void forget_archive(LogWriter& writer, std::int64_t archive) {
  writer.database()
      .statement("DELETE FROM archives WHERE number = ?1 AND state = 2")
      .bind(1, archive)
      .run();
}

}  // namespace tidemark::store
