#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/position.hpp"
#include "tidemark/projection/spec.hpp"
#include "tidemark/sql/database.hpp"
#include "tidemark/sql/statement.hpp"

namespace tidemark::projection {

/// One closing of one window, as it lies in the read model's file.
struct ClosedWindow {
  std::int64_t seq = 0;  ///< in the order of closing, from 1
  std::string key;       ///< names the row: the same bytes for the same row in every generation
  std::uint32_t revision = 1;
  Window window;
  std::string row;                      ///< the row then, as Protobuf bytes
  std::optional<std::string> previous;  ///< the row at the closing before
  bool late = false;                    ///< a late event was the reason
  Position position;                    ///< of the event that made it close; 0 from Kafka
};

/// Reads one from the columns seq, key, revision, window_start, window_end, row, previous, late and
/// position.
ClosedWindow read_closed_window(const sql::Statement& row);

/// Reads closed windows in the order in which they closed. The pairs (key, revision) are the same,
/// in the same order, whenever the same events are folded by the same version.
class ClosedWindows {
 public:
  /// `file`: a read model of a projection with windows; outlives this object.
  explicit ClosedWindows(sql::Database& file) : file_(file) {}
  /// Up to `limit` closings behind `after`.
  [[nodiscard]] std::vector<ClosedWindow> read(std::int64_t after, std::uint64_t limit) const;
  /// The same, up to the closing `until`, and of each window only its newest closing of all.
  [[nodiscard]] std::vector<ClosedWindow> read_newest(std::int64_t after, std::int64_t until,
                                                      std::uint64_t limit) const;
  /// The newest closing; 0 when there is none.
  [[nodiscard]] std::int64_t last() const;
  /// Events that came when their window's end and the allowed lateness had passed.
  [[nodiscard]] std::uint64_t late_events() const;
  /// Names this file: another file never has the same.
  [[nodiscard]] std::string model_id() const;

 private:
  sql::Database& file_;
};

}  // namespace tidemark::projection
