#include <algorithm>
#include <utility>

#include "columns.hpp"
#include "tidemark/admin/render.hpp"

namespace tidemark::admin {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t width_min = 8;  ///< no column is cut below this

bool is_number(const Value& value) {
  return std::holds_alternative<std::uint64_t>(value) || std::holds_alternative<Size>(value);
}
bool is_text(const Value& value) {
  return std::holds_alternative<std::string>(value) || std::holds_alternative<Json>(value) ||
         std::holds_alternative<Texts>(value);
}

std::string padded(std::string_view text, std::size_t width, bool right) {
  const auto have = width_of(text);
  const std::string space(have < width ? width - have : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

/// How wide each column is, and which are numbers.
struct Layout {
  explicit Layout(const Table& table)
      : numbers(table.columns.size(), true), texts(table.columns.size(), false) {
    for (const auto& column : table.columns) widths.push_back(width_of(column));
  }
  std::vector<std::size_t> widths;
  std::vector<bool> numbers, texts;
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

Layout measure(const Table& table) {
  Layout layout(table);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    layout.numbers[i] = holds_numbers(table, i);
    for (const auto& row : table.rows) {
      layout.widths[i] = std::max(layout.widths[i], width_of(to_text(row[i])));
      layout.texts[i] = layout.texts[i] || is_text(row[i]);
    }
  }
  return layout;
}

/// Takes from the widest texts until the line fits, as far as they go.
void fit(Layout& layout, std::size_t width) {
  if (width == 0) return;
  std::size_t total = gap * (layout.widths.empty() ? 0 : layout.widths.size() - 1);
  for (const auto each : layout.widths) total += each;
  for (; total > width; --total) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < layout.widths.size(); ++i) {
      auto& each = layout.widths[i];
      if (layout.texts[i] && each > width_min && (widest == nullptr || each >= *widest)) {
        widest = &each;
      }
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

void write_table(std::ostream& out, const Table& table, const Terminal& terminal) {
  if (table.rows.empty()) {
    out << table.if_empty << '\n';
    return;
  }
  auto layout = measure(table);
  fit(layout, terminal.width);
  const auto last = table.columns.size() - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    const auto name = cut(heading(table.columns[i]), layout.widths[i]);
    out << (i == last && !layout.numbers[i] ? name
                                            : padded(name, layout.widths[i], layout.numbers[i]));
    out << (i == last ? "\n" : std::string(gap, ' '));
  }
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i <= last; ++i) {
      auto text = cut(to_text(row[i]), layout.widths[i]);
      if (i != last || layout.numbers[i]) {
        text = padded(text, layout.widths[i], layout.numbers[i]);
      }
      out << coloured(std::move(text), row[i], terminal.colour);
      out << (i == last ? "\n" : std::string(gap, ' '));
    }
  }
}

/// One thing to a line; several texts go below each other.
void write_facts(std::ostream& out, const FactList& list, const Terminal& terminal) {
  std::size_t widest = 0;
  for (const auto& fact : list.facts) widest = std::max(widest, width_of(fact.name));
  for (const auto& fact : list.facts) {
    auto name = fact.name;
    std::ranges::replace(name, '_', ' ');
    out << padded(name, widest + gap, false);
    const auto* several = std::get_if<Texts>(&fact.value);
    if (several == nullptr || several->texts.empty()) {
      out << coloured(to_text(fact.value), fact.value, terminal.colour) << '\n';
      continue;
    }
    for (const auto& text : several->texts) {
      if (&text != &several->texts.front()) out << std::string(widest + gap, ' ');
      out << to_text(text) << '\n';
    }
  }
}

/// Writes trees: what goes before a line shows where it belongs.
class TreeWriter {
 public:
  TreeWriter(std::ostream& out, const Tree& tree, const Terminal& terminal)
      : out_(out), tree_(tree), width_(terminal.width) {}

  void write() {
    for (const auto& root : tree_.roots) {
      line("", "", root.text);
      write_children(root, "");
    }
  }

 private:
  void write_children(const Node& node, const std::string& stem) {
    for (const auto& child : node.children) {
      const bool last = &child == &node.children.back();
      const auto below = stem + (last ? "   " : "│  ");
      line(stem + (last ? "└─ " : "├─ "), below, child.text);
      write_children(child, below);
    }
  }
  void line(const std::string& stem, const std::string& below, const std::string& text) {
    if (!tree_.whole || width_ == 0) {
      const auto whole = stem + to_text(text);
      out_ << (width_ == 0 ? whole : cut(whole, width_)) << '\n';
      return;
    }
    const auto left = width_ - std::min(width_ - 1, width_of(stem));
    bool first = true;
    for (const auto& part : wrapped(to_text(text), left)) {
      out_ << (std::exchange(first, false) ? stem : below) << part << '\n';
    }
  }

  std::ostream& out_;
  const Tree& tree_;
  const std::size_t width_;
};

struct Writer {
  std::ostream& out;
  const Terminal& terminal;

  void operator()(const FactList& list) const { write_facts(out, list, terminal); }
  void operator()(const Table& table) const { write_table(out, table, terminal); }
  void operator()(const Tree& tree) const { TreeWriter(out, tree, terminal).write(); }
  void operator()(const Text& text) const { out << text.text; }
};

const std::string& name_of(const Section& section) {
  return std::visit([](const auto& each) -> const std::string& { return each.name; }, section);
}

}  // namespace

void render_table(std::ostream& out, const Report& report, const Terminal& terminal) {
  bool first = true;
  const bool several = report.sections.size() > 1;
  for (const auto& section : report.sections) {
    if (!first) out << '\n';
    first = false;
    if (several && !name_of(section).empty()) out << heading(name_of(section)) << '\n';
    std::visit(Writer{out, terminal}, section);
  }
}

RowPrinter::RowPrinter(std::ostream& out, std::vector<Column> columns, const Terminal& terminal)
    : out_(out), columns_(std::move(columns)), terminal_(terminal) {}

void RowPrinter::header() {
  std::vector<Value> names;
  names.reserve(columns_.size());
  for (const auto& column : columns_) names.emplace_back(heading(column.name));
  line(names);
}

void RowPrinter::row(const Facts& facts) {
  std::vector<Value> values;
  for (const auto& column : columns_) {
    const auto fact = std::ranges::find(facts, column.name, &Fact::name);
    values.push_back(fact == facts.end() ? Value() : fact->value);
  }
  line(values);
}

void RowPrinter::line(const std::vector<Value>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool last = i + 1 == values.size();
    text += padded(to_text(values[i]), last ? 0 : columns_[i].width, is_number(values[i]));
    if (!last) text.append(gap, ' ');
  }
  out_ << (terminal_.width == 0 ? text : cut(text, terminal_.width)) << '\n';
}

}  // namespace tidemark::admin
