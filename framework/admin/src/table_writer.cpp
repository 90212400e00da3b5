#include "table_writer.hpp"

#include <algorithm>
#include <array>

#include "columns.hpp"
#include "type_names.hpp"

namespace tidemark::admin {
namespace {

constexpr std::size_t gap = 2;

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
  bool is_below = false;  ///< each row says it on lines of their own

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
    while (is_too_wide() && put_below()) continue;
    write_headings();
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      write_line([&](std::size_t i) { return columns_[i].cells[row]; },
                 [&](std::size_t i) { return &table_.rows[row][i]; });
      write_rest(row);
    }
  }

 private:
  [[nodiscard]] std::size_t total() const {
    std::size_t sum = 0;
    for (const auto& column : columns_) sum += column.is_below ? 0 : column.width + gap;
    return sum - gap;
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

  /// Takes the widest prose out of the line, or else what stands furthest right; false when nothing
  /// but the first column is left.
  bool put_below() {
    Column* chosen = nullptr;
    for (auto& column : columns_) {
      if (column.is_below || &column == &columns_.front() || !is_one_of(prose, column.name)) {
        continue;
      }
      if (chosen == nullptr || column.width >= chosen->width) chosen = &column;
    }
    for (std::size_t i = columns_.size(); chosen == nullptr && i-- > 1;) {
      if (!columns_[i].is_below) chosen = &columns_[i];
    }
    if (chosen != nullptr) chosen->is_below = true;
    return chosen != nullptr;
  }

  void write_rest(std::size_t row) {
    std::vector<Labelled> rest;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].is_below) rest.push_back({columns_[i].name, &table_.rows[row][i]});
    }
    write_below(out_, rest, terminal_);
  }

  void write_headings() {
    std::size_t lines = 0;
    for (const auto& column : columns_) {
      if (!column.is_below) lines = std::max(lines, column.heading.size());
    }
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

  template <typename Cell, typename ValueOf>
  void write_line(const Cell& cell, const ValueOf& value_of) {
    std::size_t spaces = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto& column = columns_[i];
      if (column.is_below) continue;
      auto text = cell(i);
      const auto padding = column.width - std::min(column.width, width_of(text));
      const Value* value = value_of(i);
      if (column.numbers) spaces += padding;
      out_ << std::string(spaces, ' ')
           << (value == nullptr ? text : coloured(std::move(text), *value, terminal_.colour));
      spaces = gap + (column.numbers ? 0 : padding);
    }
    out_ << '\n';
  }

  std::ostream& out_;
  const Table& table_;
  const Terminal& terminal_;
  std::vector<Column> columns_;
};

}  // namespace

void write_below(std::ostream& out, const std::vector<Labelled>& rest, const Terminal& terminal) {
  constexpr std::size_t indent = 4;
  const auto room = terminal.width - std::min(terminal.width, indent);
  std::string line;
  std::size_t used = 0;
  const auto end_line = [&] {
    if (used > 0) out << std::string(indent, ' ') << line << '\n';
    line.clear();
    used = 0;
  };
  for (const auto& [name, value] : rest) {
    if (std::holds_alternative<std::monostate>(*value)) continue;
    auto label = name + ": ";
    std::ranges::replace(label, '_', ' ');
    const auto text = to_text(*value);
    if (text.empty()) continue;
    auto parts = wrapped(label + text, room);
    if (parts.front().size() < label.size()) {  // a name stands beside what it names
      parts[1].insert(0, label);
      parts.erase(parts.begin());
    }
    if (parts.size() > 1) {
      end_line();
      for (const auto& part : parts) out << std::string(indent, ' ') << part << '\n';
      continue;
    }
    const auto width = width_of(parts.front());
    if (used > 0 && used + gap + width > room) end_line();
    line +=
        (used > 0 ? std::string(gap, ' ') : "") + label + coloured(text, *value, terminal.colour);
    used += (used > 0 ? gap : 0) + width;
  }
  end_line();
}

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
