#include "told_windows.hpp"

namespace tidemark::saga {

ToldWindows::ToldWindows(sql::Database& file) : file_(file) {
  file_.execute(R"(
    CREATE TABLE IF NOT EXISTS windows_known(
      key BLOB PRIMARY KEY, revision INTEGER NOT NULL, row BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS windows_waiting(
      id INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL, key BLOB NOT NULL,
      revision INTEGER NOT NULL, window_start INTEGER NOT NULL, window_end INTEGER NOT NULL,
      row BLOB NOT NULL, previous BLOB, late INTEGER NOT NULL,
      position INTEGER NOT NULL) STRICT;)");
}

std::optional<ToldWindows::Known> ToldWindows::known(const std::string& key) const {
  auto row = file_.statement("SELECT revision, row FROM windows_known WHERE key = ?1");
  row.bind(1, sql::Blob{key});
  if (!row.next()) return std::nullopt;
  return Known{.revision = static_cast<std::uint32_t>(row.integer(0)),
               .row = std::string(row.blob(1))};
}

void ToldWindows::set_known(const std::string& key, std::uint32_t revision,
                            const std::string& row) {
  auto set = file_.statement(
      "INSERT OR REPLACE INTO windows_known(key, revision, row) VALUES (?1, ?2, ?3)");
  set.bind(1, sql::Blob{key}).bind(2, revision).bind(3, sql::Blob{row}).run();
}

bool ToldWindows::add(const projection::ClosedWindow& closed) {
  const auto before = known(closed.key);
  if (before && before->row == closed.row) return false;
  const auto revision = before ? before->revision + 1 : 1;
  auto insert = file_.statement(
      "INSERT INTO windows_waiting(seq, key, revision, window_start, window_end, row, previous,"
      " late, position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  insert.bind(1, closed.seq).bind(2, sql::Blob{closed.key}).bind(3, revision);
  insert.bind(4, closed.window.start.micros()).bind(5, closed.window.end.micros());
  insert.bind(6, sql::Blob{closed.row});
  if (before) insert.bind(7, sql::Blob{before->row});
  insert.bind(8, closed.late ? 1 : 0).bind(9, closed.position.value()).run();
  set_known(closed.key, revision, closed.row);
  return true;
}

void ToldWindows::know(const projection::ClosedWindow& closed) {
  const auto before = known(closed.key);
  set_known(closed.key, before ? before->revision + 1 : 1, closed.row);
}

std::deque<projection::ClosedWindow> ToldWindows::waiting() const {
  auto rows = file_.statement(
      "SELECT seq, key, revision, window_start, window_end, row, previous, late, position"
      " FROM windows_waiting ORDER BY id");
  std::deque<projection::ClosedWindow> waiting;
  while (rows.next()) waiting.push_back(projection::read_closed_window(rows));
  return waiting;
}

void ToldWindows::told(std::uint64_t count) {
  auto remove = file_.statement(
      "DELETE FROM windows_waiting WHERE id IN"
      " (SELECT id FROM windows_waiting ORDER BY id LIMIT ?1)");
  remove.bind(1, count).run();
}

}  // namespace tidemark::saga
