#include "tidemark/saga/saga_index.hpp"

namespace tidemark::saga {
namespace {

TimerRow read_timer(const sql::Statement& row) {
  return {.saga = std::string(row.text(0)),
          .instance = std::string(row.text(1)),
          .id = std::string(row.text(2)),
          .input = std::string(row.text(3)),
          .due = UtcTime::from_micros(row.integer(4))};
}

}  // namespace

void SagaIndex::create(sql::Database& file) {
  file.execute(R"(
    CREATE TABLE IF NOT EXISTS instances(
      saga TEXT NOT NULL, instance TEXT NOT NULL, state TEXT NOT NULL, status TEXT NOT NULL,
      version INTEGER NOT NULL, started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
      open_commands INTEGER NOT NULL, pending_inputs INTEGER NOT NULL, timers INTEGER NOT NULL,
      correlation_id TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL,
      waits INTEGER NOT NULL, PRIMARY KEY (saga, instance)) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS instances_waiting ON instances(saga, instance) WHERE waits = 1;
    CREATE TABLE IF NOT EXISTS timers(
      saga TEXT NOT NULL, instance TEXT NOT NULL, id TEXT NOT NULL, input TEXT NOT NULL,
      due INTEGER NOT NULL, fires INTEGER NOT NULL,
      PRIMARY KEY (saga, instance, id)) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS timers_due ON timers(due) WHERE fires = 1;)");
}

std::vector<InstanceRow> SagaIndex::list(const InstanceQuery& query) const {
  auto row = file_.statement(
      "SELECT saga, instance, state, status, version, started_at, updated_at, open_commands, "
      "pending_inputs, timers, correlation_id, code, message, hint FROM instances "
      "WHERE (?1 = '' OR saga = ?1) AND (?2 = '' OR state = ?2) AND (?3 = '' OR status = ?3) "
      "AND substr(instance, 1, length(?4)) = ?4 AND instance > ?5 "
      "ORDER BY instance, saga LIMIT ?6");
  row.bind_all(std::string_view(query.saga), std::string_view(query.state),
               std::string_view(query.status), std::string_view(query.instance_prefix),
               std::string_view(query.after_instance), query.limit);
  std::vector<InstanceRow> rows;
  while (row.next()) {
    const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
    rows.push_back({.saga = std::string(row.text(0)),
                    .instance = std::string(row.text(1)),
                    .state = std::string(row.text(2)),
                    .status = std::string(row.text(3)),
                    .version = number(4),
                    .started_at = UtcTime::from_micros(row.integer(5)),
                    .updated_at = UtcTime::from_micros(row.integer(6)),
                    .open_commands = number(7),
                    .pending_inputs = number(8),
                    .timers = number(9),
                    .correlation_id = std::string(row.text(10)),
                    .code = std::string(row.text(11)),
                    .message = std::string(row.text(12)),
                    .hint = std::string(row.text(13))});
  }
  return rows;
}

std::vector<SagaIndex::Count> SagaIndex::count() const {
  auto row = file_.statement(
      "SELECT saga, state, status, count(*) FROM instances GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
  std::vector<Count> counts;
  while (row.next()) {
    counts.push_back({.saga = std::string(row.text(0)),
                      .state = std::string(row.text(1)),
                      .status = std::string(row.text(2)),
                      .instances = static_cast<std::uint64_t>(row.integer(3))});
  }
  return counts;
}

std::vector<TimerRow> SagaIndex::timers(const std::string& saga, std::uint64_t limit) const {
  auto row = file_.statement(
      "SELECT saga, instance, id, input, due FROM timers WHERE ?1 = '' OR saga = ?1 "
      "ORDER BY due, saga, instance, id LIMIT ?2");
  row.bind_all(std::string_view(saga), limit);
  std::vector<TimerRow> timers;
  while (row.next()) timers.push_back(read_timer(row));
  return timers;
}

std::vector<TimerRow> SagaIndex::due(const std::string& saga, UtcTime now,
                                     std::uint64_t limit) const {
  auto row = file_.statement(
      "SELECT saga, instance, id, input, due FROM timers WHERE fires = 1 AND due <= ?1 "
      "AND saga = ?2 ORDER BY due, instance, id LIMIT ?3");
  row.bind_all(now.micros(), std::string_view(saga), limit);
  std::vector<TimerRow> timers;
  while (row.next()) timers.push_back(read_timer(row));
  return timers;
}

std::optional<UtcTime> SagaIndex::next_due() const {
  auto row = file_.statement("SELECT min(due) FROM timers WHERE fires = 1");
  if (!row.next() || row.is_null(0)) return std::nullopt;
  return UtcTime::from_micros(row.integer(0));
}

std::vector<std::pair<std::string, std::uint64_t>> SagaIndex::waiting(const std::string& saga,
                                                                      std::uint64_t limit) const {
  auto row = file_.statement(
      "SELECT instance, version FROM instances WHERE saga = ?1 AND waits = 1 "
      "ORDER BY instance LIMIT ?2");
  row.bind_all(std::string_view(saga), limit);
  std::vector<std::pair<std::string, std::uint64_t>> found;
  while (row.next()) {
    found.emplace_back(std::string(row.text(0)), static_cast<std::uint64_t>(row.integer(1)));
  }
  return found;
}

}  // namespace tidemark::saga
