#include "outcomes.hpp"

#include <utility>

#include "columns.hpp"
#include "tidemark/store/appending.hpp"

namespace tidemark::store {

std::optional<Appended> find_outcome(EventFiles& files, const AppendId& id, UtcTime now) {
  auto found = find_outcome_row(files.log(), id, now).outcome;
  return found ? found : find_told_outcome(files, id);
}

std::optional<Appended> find_told_outcome(EventFiles& files, const AppendId& id) {
  const auto file = files.holding(EventId(id.uuid()));
  if (!file) return std::nullopt;
  auto first =
      file->statement("SELECT position FROM events WHERE event_id = ?1 AND append_id = ?1");
  if (!first.bind(1, as_blob(id)).next()) return std::nullopt;
  Appended outcome{.first = Position(read_number(first, 0)), .last = {}, .repeated = true};
  EventRows rows(files, "SELECT append_id, stream_id, version FROM events WHERE position = ?1");
  std::int64_t stream = 0;
  for (auto position = outcome.first;; position = position.next()) {
    const auto* row = rows.find(position.value());
    if (row == nullptr || read_id<AppendId>(*row, 0) != id) return outcome;
    outcome.last = position;
    if (row->integer(1) != stream) outcome.versions.emplace_back();
    stream = row->integer(1);
    outcome.versions.back() = StreamVersion(read_number(*row, 2));
  }
}

OutcomeRow find_outcome_row(sqlite::Database& database, const AppendId& id, UtcTime now) {
  auto select = database.statement(
      "SELECT first, events, skipped, versions, answer, expires_at FROM appends "
      "WHERE append_id = ?1");
  if (!select.bind(1, as_blob(id)).next()) return {};
  const auto events = read_number(select, 1);
  const bool expired = !select.is_null(5) && select.integer(5) <= now.micros();
  if (expired && events == 0) return {.outcome = std::nullopt, .is_over = true};
  Appended outcome{.first = Position(read_number(select, 0)),
                   .last = {},
                   .versions = decode_versions(select.blob(3)),
                   .repeated = true,
                   .skipped = read_number(select, 2)};
  if (events > 0) outcome.last = Position(outcome.first.value() + events - 1);
  if (!expired && !select.is_null(4)) outcome.answer = std::string(select.blob(4));
  return {.outcome = std::move(outcome)};
}

bool record_outcome(sqlite::Database& database, const AppendId& id,
                    const std::optional<Answer>& answer, const Appended& outcome) {
  const auto versions = encode_versions(outcome.versions);
  auto insert = database.statement(
      "INSERT OR IGNORE INTO appends(append_id, first, events, skipped, versions, answer, "
      "expires_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  insert.bind(1, as_blob(id))
      .bind(2, outcome.first.value())
      .bind(3, event_count(outcome))
      .bind(4, outcome.skipped)
      .bind(5, sqlite::Blob{versions});
  if (answer) {
    insert.bind(6, sqlite::Blob{answer->bytes}).bind(7, answer->expires_at.micros());
  }
  insert.run();
  return database.changes() == 1;
}

void amend_outcome(sqlite::Database& database, const AppendId& id, const Appended& outcome) {
  const auto versions = encode_versions(outcome.versions);
  database
      .statement(
          "UPDATE appends SET first = ?2, events = ?3, skipped = ?4, versions = ?5 "
          "WHERE append_id = ?1")
      .bind_all(as_blob(id), outcome.first.value(), event_count(outcome), outcome.skipped,
                sqlite::Blob{versions})
      .run();
}

void remove_outcome(sqlite::Database& database, const AppendId& id) {
  database.statement("DELETE FROM appends WHERE append_id = ?1").bind(1, as_blob(id)).run();
}

std::uint64_t forget_answers(sqlite::Database& database, UtcTime now, std::uint64_t count_max) {
  // By key first: the index may not change under the statement that reads it.
  std::vector<std::string> expired;
  auto select = database.statement(
      "SELECT append_id FROM appends WHERE expires_at <= ?1 AND expires_at IS NOT NULL LIMIT ?2");
  select.bind_all(now.micros(), count_max);
  while (select.next()) expired.emplace_back(select.blob(0));
  auto remove = database.statement("DELETE FROM appends WHERE append_id = ?1 AND events = 0");
  auto clear = database.statement(
      "UPDATE appends SET answer = NULL, expires_at = NULL WHERE append_id = ?1 AND events > 0");
  for (const auto& id : expired) {
    remove.bind(1, sqlite::Blob{id}).run();
    clear.bind(1, sqlite::Blob{id}).run();
  }
  return expired.size();
}

}  // namespace tidemark::store
