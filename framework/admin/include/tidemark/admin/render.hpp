#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/admin/report.hpp"

namespace tidemark::admin {

/// Where a report is shown.
struct Terminal {
  std::size_t width = 0;  ///< columns; 0: lines may be as long as they like
  bool colour = false;
};

/// For a person: aligned columns; what does not fit into a line goes below it. Control characters
/// are shown as '?', so that what was stored cannot steer the terminal.
void render_table(std::ostream& out, const Report& report, const Terminal& terminal);

/// For a program: one JSON document in one line. Facts of unnamed sections are its members, other
/// sections are members by their names, tables arrays of objects. Times are ISO 8601; the names of
/// durations and sizes end in "_seconds" and "_bytes". What is not known is null.
void render_json(std::ostream& out, const Report& report);

/// One line of JSON for one thing of many: events, for instance.
void render_json_line(std::ostream& out, const Facts& facts);

/// Rows that come one after the other, as from `tail`: their widths are said before the first one.
class RowPrinter {
 public:
  struct Column {
    std::string name;              ///< of the fact that is shown
    std::size_t width = 0;         ///< at least; a longer value is not cut
    std::size_t narrow_width = 0;  ///< likewise, on a terminal that is not wide
  };
  RowPrinter(std::ostream& out, std::vector<Column> columns, const Terminal& terminal);
  void header();
  /// The facts named by the columns; others are left out. What does not fit into the line goes
  /// below it.
  void row(const Facts& facts);

 private:
  [[nodiscard]] bool is_narrow() const;
  [[nodiscard]] std::size_t width_in(const Column& column) const;

  std::ostream& out_;
  const std::vector<Column> columns_;
  const Terminal terminal_;
};

/// A value as a person reads it: "3 h 20 min", "1.5 MiB", "yes".
std::string to_text(const Value& value);

}  // namespace tidemark::admin
