#include "tidemark/projection/closed_windows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::projection {
namespace {

constexpr const char* columns =
    "seq, key, revision, window_start, window_end, row, previous, late, position";
constexpr std::uint64_t limit_max = 100'000;

std::vector<ClosedWindow> all_of(sql::Statement& rows) {
  std::vector<ClosedWindow> windows;
  while (rows.next()) windows.push_back(read_closed_window(rows));
  return windows;
}

}  // namespace

ClosedWindow read_closed_window(const sql::Statement& row) {
  ClosedWindow window{.seq = row.integer(0),
                      .key = std::string(row.blob(1)),
                      .revision = static_cast<std::uint32_t>(row.integer(2)),
                      .window = {.start = UtcTime::from_micros(row.integer(3)),
                                 .end = UtcTime::from_micros(row.integer(4))},
                      .row = std::string(row.blob(5)),
                      .late = row.integer(7) != 0,
                      .position = Position(static_cast<std::uint64_t>(row.integer(8)))};
  if (!row.is_null(6)) window.previous = std::string(row.blob(6));
  return window;
}

std::vector<ClosedWindow> ClosedWindows::read(std::int64_t after, std::uint64_t limit) const {
  auto rows = file_.statement(
      fmt::format("SELECT {} FROM closed_windows WHERE seq > ?1 ORDER BY seq LIMIT ?2", columns));
  rows.bind_all(after, std::min(limit, limit_max));
  return all_of(rows);
}

std::vector<ClosedWindow> ClosedWindows::read_newest(std::int64_t after, std::int64_t until,
                                                     std::uint64_t limit) const {
  auto rows = file_.statement(fmt::format(
      "SELECT {} FROM closed_windows AS this WHERE seq > ?1 AND seq <= ?2 AND NOT EXISTS"
      " (SELECT 1 FROM closed_windows WHERE key = this.key AND revision > this.revision)"
      " ORDER BY seq LIMIT ?3",
      columns));
  rows.bind_all(after, until, std::min(limit, limit_max));
  return all_of(rows);
}

std::int64_t ClosedWindows::last() const {
  auto row = file_.statement("SELECT max(seq) FROM closed_windows");
  row.next();
  return row.integer(0);
}

std::uint64_t ClosedWindows::late_events() const {
  auto row = file_.statement("SELECT late_events FROM model_state");
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::string ClosedWindows::model_id() const {
  auto row = file_.statement("SELECT model_id FROM model_state");
  return row.next() ? std::string(row.blob(0)) : std::string();
}

}  // namespace tidemark::projection
