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
  std::string text;
  for (const auto& column : columns_) {
    const auto name = heading(column.name);
    const auto with = text + (text.empty() ? "" : std::string(gap, ' ')) + name;
    // What has no room in the first line has its name before each value.
    if (terminal_.width > 0 && width_of(with) > terminal_.width) break;
    text = with;
    if (&column != &columns_.back())
      text = padded(text, width_of(with) - width_of(name) + width_in(column), false);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  out_ << text << '\n';
}

void RowPrinter::row(const Facts& facts) {
  static const Value nothing;
  std::string text;
  std::vector<Labelled> rest;
  for (const auto& column : columns_) {
    const auto fact = std::ranges::find(facts, column.name, &Fact::name);
    const auto& value = fact == facts.end() ? nothing : fact->value;
    const bool last = &column == &columns_.back();
    const auto cell = padded(is_narrow() ? narrow_text(column.name, value) : to_text(value),
                             last ? 0 : width_in(column), is_number(value));
    const auto before = text.empty() ? 0 : width_of(text) + gap;
    const bool fits =
        text.empty() || terminal_.width == 0 || before + width_of(cell) <= terminal_.width;
    if (!rest.empty() || !fits) {
      rest.push_back({column.name, &value});
    } else {
      text += (text.empty() ? "" : std::string(gap, ' ')) + cell;
    }
  }
  out_ << text << '\n';
  write_below(out_, rest, terminal_);
}

bool RowPrinter::is_narrow() const { return terminal_.width > 0 && terminal_.width < wide; }

std::size_t RowPrinter::width_in(const Column& column) const {
  return is_narrow() ? column.narrow_width : column.width;
}

}  // namespace tidemark::admin
