#include "tidemark/projection/closed_windows.hpp"

#include <algorithm>

namespace tidemark::projection {

std::vector<ClosedWindow> ClosedWindows::read(std::int64_t after, std::uint64_t limit) const {
  constexpr std::uint64_t limit_max = 100'000;
  auto rows = file_.statement(
      "SELECT seq, key, revision, window_start, window_end, row, previous, late, position"
      " FROM closed_windows WHERE seq > ?1 ORDER BY seq LIMIT ?2");
  rows.bind_all(after, std::min(limit, limit_max));
  std::vector<ClosedWindow> windows;
  while (rows.next()) {
    ClosedWindow window{.seq = rows.integer(0),
                        .key = std::string(rows.blob(1)),
                        .revision = static_cast<std::uint32_t>(rows.integer(2)),
                        .window = {.start = UtcTime::from_micros(rows.integer(3)),
                                   .end = UtcTime::from_micros(rows.integer(4))},
                        .row = std::string(rows.blob(5)),
                        .late = rows.integer(7) != 0,
                        .position = Position(static_cast<std::uint64_t>(rows.integer(8)))};
    if (!rows.is_null(6)) window.previous = std::string(rows.blob(6));
    windows.push_back(std::move(window));
  }
  return windows;
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

}  // namespace tidemark::projection
