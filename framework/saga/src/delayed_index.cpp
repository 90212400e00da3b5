#include "tidemark/saga/delayed_index.hpp"

#include <tidemark/command/delayed.pb.h>

#include <limits>

#include "tidemark/command/delayed_journal.hpp"

namespace tidemark::saga {
namespace {

namespace v1 = command::v1;
using State = command::DelayedCommand::State;

constexpr int settled_max = 10'000;

DelayedRow row_of(const EventView& event) {
  return {.id = std::string(event.metadata.stream_key()),
          .changed_at = event.metadata.recorded_at,
          .position = event.metadata.position};
}

template <typename Record>
bool parse_if(Record& record, const EventView& event) {
  return event.type == Record::descriptor()->full_name() &&
         record.ParseFromArray(event.data.data(), static_cast<int>(event.data.size()));
}

}  // namespace

void DelayedIndex::create(sql::Database& file) {
  file.execute(R"(
    CREATE TABLE IF NOT EXISTS delayed(
      id TEXT PRIMARY KEY, type TEXT NOT NULL, state TEXT NOT NULL, stream TEXT NOT NULL,
      due INTEGER NOT NULL, changed_at INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
      position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS delayed_due ON delayed(state, due);
    CREATE INDEX IF NOT EXISTS delayed_settled ON delayed(position)
      WHERE state IN ('done', 'cancelled');)");
}

std::vector<DelayedRow> DelayedIndex::list(const DelayedQuery& query) const {
  // Two statements, because with an OR in it SQLite looks at every row, and a worker asks often.
  auto row = file_.statement(
      query.state.empty()
          ? "SELECT id, type, state, stream, due, changed_at, code, message, position FROM delayed "
            "WHERE ?1 = '' AND due <= ?2 ORDER BY due, id LIMIT ?3"
          : "SELECT id, type, state, stream, due, changed_at, code, message, position FROM delayed "
            "WHERE state = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3");
  row.bind_all(
      std::string_view(query.state),
      query.due_before ? query.due_before->micros() : std::numeric_limits<std::int64_t>::max(),
      query.limit);
  std::vector<DelayedRow> rows;
  while (row.next()) {
    rows.push_back({.id = std::string(row.text(0)),
                    .type = std::string(row.text(1)),
                    .state = std::string(row.text(2)),
                    .stream = std::string(row.text(3)),
                    .due = UtcTime::from_micros(row.integer(4)),
                    .changed_at = UtcTime::from_micros(row.integer(5)),
                    .code = std::string(row.text(6)),
                    .message = std::string(row.text(7)),
                    .position = Position(static_cast<std::uint64_t>(row.integer(8)))});
  }
  return rows;
}

std::optional<UtcTime> DelayedIndex::next_due() const {
  auto row = file_.statement("SELECT min(due) FROM delayed WHERE state = 'waiting'");
  if (!row.next() || row.is_null(0)) return std::nullopt;
  return UtcTime::from_micros(row.integer(0));
}

DelayedIndexHandler::DelayedIndexHandler() {
  for (const auto* type : command::delayed_types()) types_.push_back(type->full_name());
}

void DelayedIndexHandler::handle(const feed::Delivery& delivery) {
  const auto& event = delivery.event;
  if (event.metadata.category() != command::delayed_category || event.tombstone) return;
  Change change{.row = row_of(event)};
  auto& row = change.row;
  v1::CommandScheduled scheduled;
  v1::DelayedCommandSettled settled;
  v1::DelayedCommandFailed failed;
  v1::DelayedCommandCancelled cancelled;
  auto state = State::waiting;
  if (parse_if(scheduled, event)) {
    change.is_new = true;
    row.type = scheduled.type();
    row.stream = scheduled.stream();
    row.due = UtcTime::from_micros(scheduled.due());
  } else if (parse_if(settled, event)) {
    state = State::done;
    row.code = settled.code();
    row.message = settled.detail();
  } else if (parse_if(failed, event)) {
    state = State::failed;
    row.code = failed.code();
    row.message = failed.message();
  } else if (parse_if(cancelled, event)) {
    state = State::cancelled;
    row.message = cancelled.reason();
  }
  row.state = to_string(state);
  rows_.push_back(std::move(change));
}

void DelayedIndexHandler::write(sql::Database& file) {
  for (const auto& [row, is_new] : rows_) {
    if (is_new) {
      file.statement(
              "INSERT OR REPLACE INTO delayed(id, type, state, stream, due, changed_at, code, "
              "message, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', '', ?7)")
          .bind_all(std::string_view(row.id), std::string_view(row.type),
                    std::string_view(row.state), std::string_view(row.stream), row.due.micros(),
                    row.changed_at.micros(), row.position.value())
          .run();
    } else {
      file.statement(
              "UPDATE delayed SET state = ?2, changed_at = ?3, code = ?4, message = ?5, "
              "position = ?6 WHERE id = ?1")
          .bind_all(std::string_view(row.id), std::string_view(row.state), row.changed_at.micros(),
                    std::string_view(row.code), std::string_view(row.message), row.position.value())
          .run();
    }
  }
  if (rows_.empty()) return;
  rows_.clear();
  file.statement(
          "DELETE FROM delayed WHERE state IN ('done', 'cancelled') AND position <= "
          "(SELECT position FROM delayed WHERE state IN ('done', 'cancelled') "
          "ORDER BY position DESC LIMIT 1 OFFSET ?1)")
      .bind_all(settled_max)
      .run();
}

}  // namespace tidemark::saga
