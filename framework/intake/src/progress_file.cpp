#include "progress_file.hpp"

#include <fmt/format.h>

#include "count_names.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::intake {
namespace {

constexpr int format = 1;
constexpr int refused_max = 10'000;
constexpr int answered_max = 100'000;

constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS intake_state(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  format INTEGER NOT NULL,
  store_id BLOB NOT NULL,
  position INTEGER NOT NULL,
  chain BLOB NOT NULL,
  fingerprint TEXT NOT NULL,
  lines INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS intake_about(
  id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, source TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS intake_places(
  partition TEXT PRIMARY KEY, next_offset INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intake_counts(
  name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intake_refused(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partition TEXT NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,
  command_id TEXT NOT NULL, type TEXT NOT NULL, stream TEXT NOT NULL,
  code TEXT NOT NULL, detail TEXT NOT NULL, event_time INTEGER NOT NULL,
  kind TEXT NOT NULL DEFAULT 'rejected') STRICT;
CREATE TABLE IF NOT EXISTS intake_answered(
  id INTEGER PRIMARY KEY AUTOINCREMENT, command_id BLOB NOT NULL UNIQUE) STRICT;
)";

constexpr const char* indexes = R"(
CREATE INDEX IF NOT EXISTS intake_refused_kind ON intake_refused(kind);
CREATE INDEX IF NOT EXISTS intake_failed ON intake_refused(command_id) WHERE kind = 'failed';
)";

std::string_view as_bytes(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), Uuid::size};
}

}  // namespace

ProgressFile::ProgressFile(sqlite::Database& file, store::EventStore& store)
    : file_(file), store_(store) {
  sql::in_transaction(file_, [&] {
    file_.execute(tables);
    add_kind();
    file_.execute(indexes);
  });
}

/// Files from before failures were told from rejections have no column for it.
void ProgressFile::add_kind() {
  auto column =
      file_.statement("SELECT 1 FROM pragma_table_info('intake_refused') WHERE name = 'kind'");
  if (column.next()) return;
  file_.execute("ALTER TABLE intake_refused ADD COLUMN kind TEXT NOT NULL DEFAULT 'rejected'");
}

void ProgressFile::introduce(const std::string& input, const std::string& source) {
  file_.statement("INSERT OR REPLACE INTO intake_about(id, name, source) VALUES (1, ?1, ?2)")
      .bind_all(std::string_view(input), std::string_view(source))
      .run();
}

ProgressFile::Progress ProgressFile::load() {
  Progress progress;
  auto row = file_.statement(
      "SELECT format, store_id, position, chain, fingerprint, lines FROM intake_state");
  if (!row.next()) return progress;
  if (row.integer(0) != format) {
    throw Failure(
        {.code = "intake.newer_format",
         .message = fmt::format("{} was written by a later version", file_.file().string()),
         .hint = "run that version"});
  }
  progress.position = Position(static_cast<std::uint64_t>(row.integer(2)));
  if (!store::has_origin(store_, store::read_origin(progress.position, row.blob(3), row.blob(1)))) {
    throw Failure({.code = "store.diverged",
                   .message = fmt::format("{} says that its lines came to position {} of a log "
                                          "that is not this one (it ends at {})",
                                          file_.file().string(), progress.position.value(),
                                          store_.high_water().value()),
                   .hint = "put back the log that belongs to this file, or remove the file: then "
                           "the input is read from its beginning, and what the log has is left "
                           "out"});
  }
  progress.reached.fingerprint = std::string(row.text(4));
  progress.reached.lines = static_cast<std::uint64_t>(row.integer(5));
  auto places = file_.statement("SELECT partition, next_offset FROM intake_places");
  while (places.next()) {
    progress.reached.places.push_back(
        {.partition = std::string(places.text(0)), .next = places.integer(1)});
  }
  progress.counts = counts_in(file_);
  return progress;
}

void ProgressFile::save(const Progress& progress, const Answers& answers) {
  const auto origin = store::origin_at(store_, progress.position);
  if (!origin) {
    throw Failure(
        {.code = "store.diverged",
         .message = fmt::format("the log has lost position {}", progress.position.value()),
         .hint = "restart the application; look at the disk if it happens again"});
  }
  sql::in_transaction(file_, [&] {
    auto state = file_.statement(
        "INSERT OR REPLACE INTO intake_state(id, format, store_id, position, chain, fingerprint,"
        " lines) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)");
    state.bind(1, format).bind(2, sqlite::Blob{origin->store_bytes()});
    state.bind(3, progress.position.value()).bind(4, sqlite::Blob{origin->chain_bytes()});
    state.bind(5, std::string_view(progress.reached.fingerprint));
    state.bind(6, progress.reached.lines).run();
    write_places(progress);
    write_counts(progress.counts);
    write_refused(answers.refused);
    remove_mended(answers.mended);
    write_answered(answers.answered);
  });
}

void ProgressFile::write_places(const Progress& progress) {
  for (const auto& place : progress.reached.places) {
    file_.statement("INSERT OR REPLACE INTO intake_places(partition, next_offset) VALUES (?1, ?2)")
        .bind_all(std::string_view(place.partition), place.next)
        .run();
  }
}

void ProgressFile::write_counts(const Counts& counts) {
  const auto write = [&](std::string_view name, std::uint64_t count) {
    file_.statement("INSERT OR REPLACE INTO intake_counts(name, count) VALUES (?1, ?2)")
        .bind_all(name, count)
        .run();
  };
  for (const auto& name : count_names) write(name.in_file, counts.*name.count);
  for (const auto& [reason, count] : counts.mismatches) {
    write(fmt::format("{}{}", mismatch_prefix, reason), count);
  }
}

void ProgressFile::write_refused(const std::vector<RefusedCommand>& refused) {
  for (const auto& command : refused) {
    const bool failed = command.kind == RefusedCommand::Kind::failed;
    file_
        .statement(
            "INSERT INTO intake_refused(partition, offset, line, command_id, type, stream, code,"
            " detail, event_time, kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
        .bind_all(std::string_view(command.partition), command.offset, command.line,
                  std::string_view(command.command_id), std::string_view(command.type),
                  std::string_view(command.stream), std::string_view(command.code),
                  std::string_view(command.detail), command.event_time.micros(),
                  failed ? failed_kind : rejected_kind)
        .run();
  }
  if (refused.empty()) return;
  for (const auto kind : {failed_kind, rejected_kind}) {
    file_
        .statement(
            "DELETE FROM intake_refused WHERE kind = ?1 AND id <= (SELECT id FROM intake_refused"
            " WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)")
        .bind_all(kind, refused_max)
        .run();
  }
}

void ProgressFile::remove_mended(const std::vector<CommandId>& mended) {
  for (const auto& command : mended) {
    file_.statement("DELETE FROM intake_refused WHERE kind = 'failed' AND command_id = ?1")
        .bind_all(to_string(command))
        .run();
  }
}

void ProgressFile::write_answered(const std::vector<CommandId>& answered) {
  for (const auto& command : answered) {
    file_.statement("INSERT OR IGNORE INTO intake_answered(command_id) VALUES (?1)")
        .bind_all(sqlite::Blob{as_bytes(command.uuid())})
        .run();
  }
  if (answered.empty()) return;
  file_
      .statement(
          "DELETE FROM intake_answered WHERE id <= (SELECT max(id) FROM intake_answered) - ?1")
      .bind_all(answered_max)
      .run();
}

bool ProgressFile::answered(const CommandId& command) {
  auto row = file_.statement("SELECT 1 FROM intake_answered WHERE command_id = ?1");
  row.bind(1, sqlite::Blob{as_bytes(command.uuid())});
  return row.next();
}

}  // namespace tidemark::intake
