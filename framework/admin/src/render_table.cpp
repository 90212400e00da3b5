#include <algorithm>
#include <utility>

#include "columns.hpp"
#include "table_writer.hpp"
#include "tidemark/admin/render.hpp"

namespace tidemark::admin {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t wide = 160;  ///< columns of a terminal that shows rows in full
bool is_number(const Value& value) {
  return std::holds_alternative<std::uint64_t>(value) || std::holds_alternative<Size>(value);
}
std::string padded(std::string_view text, std::size_t width, bool right) {
  const auto have = width_of(text);
  const std::string space(have < width ? width - have : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
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
    if (tree_.roots.empty()) out_ << tree_.if_empty << '\n';
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
  std::vector<std::string> names;
  names.reserve(columns_.size());
  for (const auto& column : columns_) names.push_back(heading(column.name));
  line(names, std::vector<bool>(columns_.size(), false));
}

void RowPrinter::row(const Facts& facts) {
  std::vector<std::string> cells;
  std::vector<bool> numbers;
  cells.reserve(columns_.size());
  for (const auto& column : columns_) {
    const auto fact = std::ranges::find(facts, column.name, &Fact::name);
    const auto value = fact == facts.end() ? Value() : fact->value;
    cells.push_back(is_narrow() ? narrow_text(column.name, value) : to_text(value));
    numbers.push_back(is_number(value));
  }
  line(cells, numbers);
}

bool RowPrinter::is_narrow() const { return terminal_.width > 0 && terminal_.width < wide; }

void RowPrinter::line(const std::vector<std::string>& cells, const std::vector<bool>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool last = i + 1 == cells.size();
    const auto width = is_narrow() ? columns_[i].narrow_width : columns_[i].width;
    text += padded(cells[i], last ? 0 : width, numbers[i]);
    if (!last) text.append(gap, ' ');
  }
  out_ << (terminal_.width == 0 ? text : cut(text, terminal_.width)) << '\n';
}

}  // namespace tidemark::admin
