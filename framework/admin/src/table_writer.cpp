#include "table_writer.hpp"

#include <algorithm>
#include <array>

#include "columns.hpp"
#include "type_names.hpp"

namespace tidemark::admin {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t prose_min = 8;  ///< prose is not cut below this

/// Columns that are read and not typed.
constexpr std::array prose{"arguments", "data",   "detail", "hint", "message",
                           "paused",    "reason", "row",    "value"};
/// Columns that hold names of types.
constexpr std::array types{"input", "type"};

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_number(const Value& value) {
  return std::holds_alternative<std::uint64_t>(value) || std::holds_alternative<Size>(value);
}

struct Column {
  std::string name;
  std::vector<std::string> heading;  ///< in lines
  std::vector<std::string> cells;
  std::size_t width = 0;
  bool numbers = false;

  void measure() {
    width = 0;
    for (const auto& line : heading) width = std::max(width, width_of(line));
    for (const auto& cell : cells) width = std::max(width, width_of(cell));
  }
};

/// Whether all that a column says is numbers.
bool holds_numbers(const Table& table, std::size_t column) {
  bool any = false;
  for (const auto& row : table.rows) {
    const bool number = is_number(row[column]);
    if (!number && !std::holds_alternative<std::monostate>(row[column])) return false;
    any = any || number;
  }
  return any;
}

class TableWriter {
 public:
  TableWriter(std::ostream& out, const Table& table, const Terminal& terminal)
      : out_(out), table_(table), terminal_(terminal) {
    columns_.reserve(table.columns.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      Column column{.name = table.columns[i],
                    .heading = {admin::heading(table.columns[i])},
                    .cells = {},
                    .numbers = holds_numbers(table, i)};
      column.cells.reserve(table.rows.size());
      for (const auto& row : table.rows) column.cells.push_back(to_text(row[i]));
      column.measure();
      columns_.push_back(std::move(column));
    }
  }

  void write() {
    if (is_too_wide()) make_narrow();
    if (is_too_wide()) cut_prose();
    write_headings();
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      write_line([&](std::size_t i) { return columns_[i].cells[row]; },
                 [&](std::size_t i) { return &table_.rows[row][i]; });
    }
  }

 private:
  [[nodiscard]] std::size_t total() const {
    std::size_t sum = gap * (columns_.size() - 1);
    for (const auto& column : columns_) sum += column.width;
    return sum;
  }
  [[nodiscard]] bool is_too_wide() const {
    return terminal_.width > 0 && total() > terminal_.width;
  }

  void make_narrow() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto& column = columns_[i];
      column.heading = wrapped(column.heading.front(), 1);
      for (std::size_t row = 0; row < table_.rows.size(); ++row) {
        column.cells[row] = narrow_text(column.name, table_.rows[row][i]);
      }
      column.measure();
    }
  }

  /// Takes from the widest prose until the line fits, as far as that goes.
  void cut_prose() {
    while (is_too_wide()) {
      Column* widest = nullptr;
      for (auto& column : columns_) {
        if (!is_one_of(prose, column.name) || column.width <= prose_min) continue;
        if (widest == nullptr || column.width >= widest->width) widest = &column;
      }
      if (widest == nullptr) return;
      --widest->width;
    }
  }

  void write_headings() {
    std::size_t lines = 0;
    for (const auto& column : columns_) lines = std::max(lines, column.heading.size());
    for (std::size_t line = 0; line < lines; ++line) {
      // The last words stand right above the rows.
      write_line(
          [&](std::size_t i) {
            const auto& heading = columns_[i].heading;
            const auto above = lines - heading.size();
            return line < above ? std::string() : heading[line - above];
          },
          [](std::size_t) { return nullptr; });
    }
  }

  /// One line of cells; what does not fit any more is cut, and columns behind it are left out.
  template <typename Cell, typename ValueOf>
  void write_line(const Cell& cell, const ValueOf& value_of) {
    auto left = terminal_.width == 0 ? std::size_t(-1) : terminal_.width;
    for (std::size_t i = 0; i < columns_.size() && left > 0; ++i) {
      const auto& column = columns_[i];
      const bool last = i + 1 == columns_.size();
      auto text = cut(cell(i), std::min(column.width, left));
      const auto space = column.width - std::min(column.width, width_of(text));
      const std::string padding(std::min(space, left - width_of(text)), ' ');
      const Value* value = value_of(i);
      if (column.numbers) out_ << padding;
      out_ << (value == nullptr ? text : coloured(text, *value, terminal_.colour));
      if (!column.numbers && !last) out_ << padding;
      left -= width_of(text) + padding.size();
      if (last || left <= gap) break;
      out_ << std::string(gap, ' ');
      left -= gap;
    }
    out_ << '\n';
  }

  std::ostream& out_;
  const Table& table_;
  const Terminal& terminal_;
  std::vector<Column> columns_;
};

}  // namespace

std::string narrow_text(const std::string& column, const Value& value) {
  auto text = to_text(value);
  if (std::holds_alternative<UtcTime>(value)) {
    text = text.substr(std::string_view("2026-").size(), std::string_view("11-21T09:26:45").size());
    std::ranges::replace(text, 'T', ' ');
    return text;
  }
  return is_one_of(types, column) ? short_types(text) : text;
}

void write_table(std::ostream& out, const Table& table, const Terminal& terminal) {
  if (table.rows.empty()) {
    out << table.if_empty << '\n';
  } else {
    TableWriter(out, table, terminal).write();
  }
}

}  // namespace tidemark::admin
