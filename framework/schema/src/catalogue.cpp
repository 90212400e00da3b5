#include "tidemark/schema/catalogue.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <tidemark/options.pb.h>

#include <exception>
#include <set>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

/// A chain of upcasts longer than this can only be a circle.
constexpr int upcasts_max = 64;

void describe(const Descriptor& type, std::set<std::string>& seen, std::string& out) {
  if (!seen.insert(type.full_name()).second) return;
  out += fmt::format("message {}\n", type.full_name());
  std::map<int, const FieldDescriptor*> fields;
  for (int i = 0; i < type.field_count(); ++i) fields[type.field(i)->number()] = type.field(i);
  for (const auto& [number, field] : fields) {
    const auto* nested = field->message_type();
    const auto* values = field->enum_type();
    out += fmt::format("{} {} {} {} {}\n", number, field->name(), static_cast<int>(field->type()),
                       static_cast<int>(field->label()),
                       nested != nullptr   ? nested->full_name()
                       : values != nullptr ? values->full_name()
                                           : "");
  }
  for (const auto& [number, field] : fields) {
    if (field->message_type() != nullptr) describe(*field->message_type(), seen, out);
  }
}

}  // namespace

void Catalogue::add(const Descriptor& type) {
  const auto& name = type.full_name();
  if (formerly_.contains(name)) {
    throw Failure({.code = "schema.name_taken",
                   .message = fmt::format("'{}' is a former name of '{}'", name, formerly_[name]),
                   .hint = "a name that was given up must not be used for another type"});
  }
  entries_[name].type = &type;
  const auto& options = type.options();
  for (int i = 0; i < options.ExtensionSize(formerly); ++i) {
    const auto& former = options.GetExtension(formerly, i);
    const auto [known, fresh] = formerly_.emplace(former, name);
    if (entries_.contains(former) || (!fresh && known->second != name)) {
      throw Failure({.code = "schema.name_taken",
                     .message = fmt::format("'{}' and another type both claim '{}'", name, former),
                     .hint = "name each former type in (tidemark.formerly) of one type only"});
    }
  }
}

void Catalogue::add_upcast(const Descriptor& from, const Descriptor& to, Upcast upcast) {
  add(from);
  add(to);
  auto& entry = entries_[from.full_name()];
  entry.next = to.full_name();
  entry.upcast = std::move(upcast);
}

const Catalogue::Entry* Catalogue::entry(std::string_view type) const {
  auto found = entries_.find(type);
  if (found == entries_.end()) {
    const auto renamed = formerly_.find(type);
    if (renamed == formerly_.end()) return nullptr;
    found = entries_.find(renamed->second);
  }
  return &found->second;
}

std::variant<Catalogue::Current, Catalogue::Unreadable> Catalogue::current(
    std::string_view type, std::string_view data, std::string& buffer) const {
  const auto* step = entry(type);
  if (step == nullptr) {
    buffer = "nobody registered the type";
    return Unreadable::unknown_type;
  }
  for (int steps = 0; !step->next.empty(); ++steps) {
    TIDEMARK_ASSERT(steps < upcasts_max, "upcasts go round in a circle");
    try {
      auto changed = step->upcast(data);
      if (!changed) {
        buffer = "the stored bytes are no message of their type";
        return Unreadable::bad_bytes;
      }
      buffer = std::move(*changed);
    } catch (const std::exception& error) {
      buffer = fmt::format("upcast of {} threw: {}", step->type->full_name(), error.what());
      return Unreadable::upcast_failed;
    }
    data = buffer;
    step = entry(step->next);
  }
  return Current{.type = step->type->full_name(), .data = data};
}

std::optional<std::string_view> Catalogue::current_name(std::string_view type) const {
  const auto* step = entry(type);
  if (step == nullptr) return std::nullopt;
  for (int steps = 0; !step->next.empty(); ++steps) {
    TIDEMARK_ASSERT(steps < upcasts_max, "upcasts go round in a circle");
    step = entry(step->next);
  }
  return step->type->full_name();
}

std::vector<std::string> Catalogue::stored_names(std::string_view type) const {
  std::vector<std::string> names{std::string(type)};
  for (const auto& [name, known] : entries_) {
    if (name != type && current_name(name) == type) names.push_back(name);
  }
  for (const auto& [former, name] : formerly_) {
    if (current_name(name) == type) names.push_back(former);
  }
  return names;
}

const Descriptor* Catalogue::find(std::string_view type) const {
  const auto found = entries_.find(type);
  return found == entries_.end() ? nullptr : found->second.type;
}

std::vector<const Descriptor*> Catalogue::types() const {
  std::vector<const Descriptor*> all;
  all.reserve(entries_.size());
  for (const auto& [name, known] : entries_) all.push_back(known.type);
  return all;
}

std::string fingerprint(const Descriptor& type) {
  std::set<std::string> seen;
  std::string text;
  describe(type, seen, text);
  return to_hex(security::as_bytes(security::digest(text))).substr(0, 32);
}

std::string serialize(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream out(&bytes);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace tidemark
