#include "tidemark/projection/model.hpp"

#include <fmt/format.h>
#include <tidemark/options.pb.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::projection {
namespace {

constexpr std::size_t name_size_max = 60;

[[noreturn]] void bad(const ProjectionFacts& facts, const std::string& why) {
  throw Failure({.code = "projection.bad_definition",
                 .message = fmt::format("projection '{}': {}", facts.name, why),
                 .hint = "correct the projection's spec, Key or Row"});
}

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= name_size_max && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), inner);
}

/// Names that other tables of the file have.
bool is_taken(std::string_view name) {
  static constexpr std::string_view taken[] = {"closed_windows", "erased_windows", "model_state",
                                               "model_watermarks"};
  return name.starts_with("feed_") || name.starts_with("sqlite_") ||
         std::find(std::begin(taken), std::end(taken), name) != std::end(taken);
}

void check_key(const ProjectionFacts& facts) {
  std::set<const google::protobuf::FieldDescriptor*> seen;
  for (const auto* field : facts.key) {
    if (field == nullptr) bad(facts, "a getter in Key is of no field of the row");
    if (!seen.insert(field).second) bad(facts, fmt::format("'{}' is in Key twice", field->name()));
    if (field->has_presence()) {
      bad(facts, fmt::format("'{}' is optional and in Key", field->name()));
    }
  }
  std::vector<const google::protobuf::FieldDescriptor*> marked;
  const auto* type = facts.row->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->options().GetExtension(key)) marked.push_back(type->field(i));
    if (type->field(i)->name().starts_with('_')) bad(facts, "a field's name begins with '_'");
  }
  if (!marked.empty() && marked != facts.key) {
    bad(facts, "Key is not what (tidemark.key) says in the proto");
  }
}

std::string layout_of(const ProjectionFacts& facts) {
  auto text = fmt::format("{}\n{}\n{}\n{}\n", facts.name, facts.version, facts.windowed,
                          facts.windowed ? facts.allowed_lateness.count() : 0);
  text += fingerprint(*facts.row->GetDescriptor());
  for (const auto* field : facts.key) text += fmt::format("\nkey {}", field->name());
  for (const auto* event : facts.events) text += fmt::format("\nevent {}", event->full_name());
  return to_hex(security::as_bytes(security::digest(text))).substr(0, 32);
}

}  // namespace

ProjectionFacts complete(ProjectionFacts facts) {
  if (!is_name(facts.name)) bad(facts, "its name must be a-z, 0-9 and '_', first a letter");
  if (is_taken(facts.name)) bad(facts, "its name is used by another table of its file");
  if (facts.version == 0) bad(facts, "versions count from 1");
  if (facts.events.empty()) bad(facts, "it handles no event");
  if (facts.cache_rows_max == 0) bad(facts, "cache_rows_max must be at least 1");
  if (facts.allowed_lateness < Micros(0)) bad(facts, "allowed_lateness is negative");
  check_key(facts);
  facts.layout = layout_of(facts);
  return facts;
}

void throw_bad_bytes(std::string_view type) {
  throw std::invalid_argument(fmt::format("the bytes are no {}", type));
}

}  // namespace tidemark::projection
