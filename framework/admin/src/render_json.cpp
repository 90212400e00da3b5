#include <nlohmann/json.hpp>

#include "tidemark/admin/render.hpp"

namespace tidemark::admin {
namespace {

using Document = nlohmann::ordered_json;

struct JsonOf {
  Document operator()(std::monostate) const { return nullptr; }
  Document operator()(const std::string& text) const { return text; }
  Document operator()(std::uint64_t number) const { return number; }
  Document operator()(bool yes) const { return yes; }
  Document operator()(UtcTime time) const { return to_string(time); }
  Document operator()(Micros duration) const {
    return static_cast<double>(duration.count()) / 1'000'000;
  }
  Document operator()(Size size) const { return size.bytes; }
  Document operator()(const Json& json) const {
    auto document = Document::parse(json.text, nullptr, false);
    return document.is_discarded() ? Document(json.text) : document;
  }
  Document operator()(const Marked& marked) const { return marked.text; }
  Document operator()(const Texts& list) const { return list.texts; }
};

std::string json_name(const std::string& name, const Value& value) {
  const auto named = [&](std::string_view unit) {
    return name.ends_with(unit) ? name : name + std::string(unit);
  };
  if (std::holds_alternative<Micros>(value)) return named("_seconds");
  return std::holds_alternative<Size>(value) ? named("_bytes") : name;
}

void put(Document& object, const std::string& name, const Value& value) {
  object[json_name(name, value)] = std::visit(JsonOf(), value);
}

Document object_of(const Facts& facts) {
  auto object = Document::object();
  for (const auto& [name, value] : facts) put(object, name, value);
  return object;
}

Document object_of(const Node& node) {
  auto object = object_of(node.facts);
  auto children = Document::array();
  for (const auto& child : node.children) {
    // A line for people only says nothing that the facts do not.
    if (!child.facts.empty() || !child.children.empty()) children.push_back(object_of(child));
  }
  if (!children.empty()) object["children"] = std::move(children);
  return object;
}

struct SectionInto {
  Document& document;

  void operator()(const FactList& list) const {
    if (!list.name.empty()) {
      document[list.name] = object_of(list.facts);
      return;
    }
    for (const auto& [name, value] : list.facts) put(document, name, value);
  }
  void operator()(const Table& table) const {
    auto rows = Document::array();
    for (const auto& row : table.rows) {
      auto object = Document::object();
      for (std::size_t i = 0; i < row.size(); ++i) put(object, table.columns[i], row[i]);
      rows.push_back(std::move(object));
    }
    document[table.name] = std::move(rows);
  }
  void operator()(const Tree& tree) const {
    auto roots = Document::array();
    for (const auto& root : tree.roots) roots.push_back(object_of(root));
    document[tree.name] = std::move(roots);
  }
  void operator()(const Text& text) const { document[text.name] = text.text; }
};

/// Texts that are no UTF-8 are shown with replacement characters rather than not at all.
std::string dump(const Document& document) {
  return document.dump(-1, ' ', false, Document::error_handler_t::replace);
}

}  // namespace

void render_json(std::ostream& out, const Report& report) {
  auto document = Document::object();
  for (const auto& section : report.sections) std::visit(SectionInto{document}, section);
  out << dump(document) << '\n';
}

void render_json_line(std::ostream& out, const Facts& facts) {
  out << dump(object_of(facts)) << '\n';
}

}  // namespace tidemark::admin
