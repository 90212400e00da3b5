#include "tidemark/intake/json_fields.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "plain_json.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/bytes.hpp"

namespace tidemark::intake {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Eight bytes at a time: nearly all lines are, or nearly all of a line is.
bool is_ascii(std::string_view line) {
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080U;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + sizeof seen <= line.size(); at += sizeof seen) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, line.data() + at, sizeof eight);
    seen |= eight;
  }
  for (; at < line.size(); ++at) seen |= static_cast<unsigned char>(line[at]);
  return (seen & high_bits) == 0;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

/// Receives what a parser finds, and keeps what was asked for.
struct JsonFields::Reader {
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  /// A name on the way to a field.
  struct Node {
    std::string name;
    std::optional<std::size_t> field;
    std::vector<Node> children;
  };

  void add(std::string_view path, std::size_t field);
  void begin();
  JsonField* put(JsonField::Kind kind);
  static void clear(const Node& node, std::vector<JsonField>& fields);

  // What the parsers call; false ends nlohmann's.
  bool null() { return scalar(JsonField::Kind::null); }
  bool boolean(bool value) {
    if (auto* field = put(JsonField::Kind::boolean)) field->integer = value ? 1 : 0;
    return in_object();
  }
  bool number_integer(number_integer_t value) {
    if (auto* field = put(JsonField::Kind::integer)) field->integer = value;
    return in_object();
  }
  bool number_unsigned(number_unsigned_t value) {
    const bool fits = value <= static_cast<number_unsigned_t>(INT64_MAX);
    if (auto* field = put(fits ? JsonField::Kind::integer : JsonField::Kind::number)) {
      if (fits) field->integer = static_cast<std::int64_t>(value);
    }
    return in_object();
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) {
    return scalar(JsonField::Kind::number);
  }
  bool string(string_t& value) {
    if (auto* field = put(JsonField::Kind::text)) field->text.swap(value);
    return in_object();
  }
  /// The same for `PlainJson`.
  void text(std::string_view value) {
    if (auto* field = put(JsonField::Kind::text)) field->text.assign(value);
  }
  bool binary(binary_t& /*value*/) { return false; }
  bool start_object(std::size_t /*elements*/);
  bool key(std::string_view name);
  bool end_object();
  bool start_array(std::size_t /*elements*/) {
    if (open.empty()) return false;
    put(JsonField::Kind::array);
    open.push_back(nullptr);
    return true;
  }
  bool end_array() {
    open.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) {
    error_at = position;
    return false;
  }

  bool scalar(JsonField::Kind kind) {
    put(kind);
    return in_object();
  }
  /// A line is an object: any other value at the top ends it.
  [[nodiscard]] bool in_object() const { return !open.empty(); }

  Node root;
  std::vector<JsonField> fields;
  std::vector<const Node*> open;  ///< objects and arrays; null where nothing was asked for
  const Node* named = nullptr;    ///< what the next value is, if it was asked for
  std::size_t error_at = 0;
};

void JsonFields::Reader::add(std::string_view path, std::size_t field) {
  auto* node = &root;
  while (!path.empty()) {
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    auto found = std::ranges::find(node->children, name, &Node::name);
    if (found == node->children.end()) {
      node->children.push_back({.name = std::string(name), .field = {}, .children = {}});
      found = std::prev(node->children.end());
    }
    node = &*found;
  }
  TIDEMARK_ASSERT(!node->field.has_value(), "each field is asked for once");
  node->field = field;
}

void JsonFields::Reader::begin() {
  for (auto& field : fields) field.kind = JsonField::Kind::absent;
  open.clear();
  named = nullptr;
  error_at = 0;
}

/// The field that the value at hand belongs to, if it was asked for; what stood there before under
/// the same name, and below it, does not count.
JsonField* JsonFields::Reader::put(JsonField::Kind kind) {
  if (named == nullptr) return nullptr;
  const auto& node = *std::exchange(named, nullptr);
  clear(node, fields);
  if (!node.field) return nullptr;
  auto& field = fields[*node.field];
  field.kind = kind;
  return &field;
}

void JsonFields::Reader::clear(const Node& node, std::vector<JsonField>& fields) {
  if (node.field) fields[*node.field].kind = JsonField::Kind::absent;
  for (const auto& child : node.children) clear(child, fields);
}

bool JsonFields::Reader::start_object(std::size_t /*elements*/) {
  const auto* node = open.empty() ? &root : named;
  put(JsonField::Kind::object);
  open.push_back(node);
  return true;
}

bool JsonFields::Reader::key(std::string_view name) {
  named = nullptr;
  if (const auto* node = open.back()) {
    const auto found = std::ranges::find(node->children, name, &Node::name);
    if (found != node->children.end()) named = &*found;
  }
  return true;
}

bool JsonFields::Reader::end_object() {
  open.pop_back();
  named = nullptr;
  return true;
}

JsonFields::JsonFields(const std::vector<std::string>& paths)
    : reader_(std::make_unique<Reader>()) {
  for (std::size_t index = 0; index < paths.size(); ++index) reader_->add(paths[index], index);
  reader_->fields.resize(paths.size());
}

JsonFields::~JsonFields() = default;

JsonFields::Read JsonFields::read(std::string_view line) {
  reader_->begin();
  if (is_blank(line)) return Read::blank;
  if (!is_ascii(line) && !is_utf8(line)) return Read::bad_encoding;
  if (line.starts_with(byte_order_mark)) {
    reader_->error_at = 1;
    return Read::not_json;
  }
  if (PlainJson<Reader>(line, *reader_).read()) return Read::fields;
  reader_->begin();
  // The parser takes a NUL byte for the end of its input.
  const auto text = line.substr(0, line.find('\0'));
  const bool whole = nlohmann::json::sax_parse(text.begin(), text.end(), reader_.get());
  if (whole && text.size() == line.size()) return Read::fields;
  if (whole) reader_->error_at = text.size() + 1;
  return Read::not_json;
}

const JsonField& JsonFields::operator[](std::size_t index) const { return reader_->fields[index]; }

std::uint64_t JsonFields::error_at() const { return std::max<std::uint64_t>(reader_->error_at, 1); }

}  // namespace tidemark::intake
