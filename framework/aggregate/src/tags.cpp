#include "tidemark/aggregate/tags.hpp"

#include <tidemark/options.pb.h>

#include "tidemark/base/failure.hpp"

namespace tidemark {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool is_tag(const FieldDescriptor& field) { return field.options().HasExtension(tidemark::tag); }

/// The value of a field, or of one element of it when `at` is not -1.
std::string value_of(const Message& event, const FieldDescriptor& field, int at) {
  const auto& values = *event.GetReflection();
  const bool one = at < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? values.GetString(event, &field) : values.GetRepeatedString(event, &field, at);
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(one ? values.GetInt32(event, &field)
                                : values.GetRepeatedInt32(event, &field, at));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(one ? values.GetInt64(event, &field)
                                : values.GetRepeatedInt64(event, &field, at));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(one ? values.GetUInt32(event, &field)
                                : values.GetRepeatedUInt32(event, &field, at));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(one ? values.GetUInt64(event, &field)
                                : values.GetRepeatedUInt64(event, &field, at));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (one ? values.GetBool(event, &field) : values.GetRepeatedBool(event, &field, at))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return (one ? values.GetEnum(event, &field) : values.GetRepeatedEnum(event, &field, at))
          ->name();
    default:
      return {};
  }
}

}  // namespace

std::string as_tag(std::string_view name, std::string_view value) {
  std::string text(name);
  text += ':';
  return text.append(value);
}

std::vector<std::string> tags_of(const Message& event) {
  std::vector<std::string> tags;
  const auto& type = *event.GetDescriptor();
  const auto& values = *event.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    if (!is_tag(field)) continue;
    const auto& name = field.options().GetExtension(tidemark::tag);
    const auto add = [&](const std::string& value) {
      if (!value.empty()) tags.push_back(as_tag(name, value));
    };
    if (field.is_repeated()) {
      for (int at = 0; at < values.FieldSize(event, &field); ++at) add(value_of(event, field, at));
    } else if (!field.has_presence() || values.HasField(event, &field)) {
      add(value_of(event, field, -1));
    }
  }
  return tags;
}

void check_tags(const google::protobuf::Descriptor& event) {
  for (int i = 0; i < event.field_count(); ++i) {
    const auto& field = *event.field(i);
    if (!is_tag(field)) continue;
    const auto kind = field.cpp_type();
    const bool fits =
        field.type() != FieldDescriptor::TYPE_BYTES && kind != FieldDescriptor::CPPTYPE_MESSAGE &&
        kind != FieldDescriptor::CPPTYPE_DOUBLE && kind != FieldDescriptor::CPPTYPE_FLOAT;
    if (fits && !field.options().GetExtension(tidemark::tag).empty()) continue;
    throw Failure({.code = "schema.bad_tag",
                   .message = "'" + field.full_name() + "' cannot be a tag",
                   .hint =
                       "(tidemark.tag) names the tag, and stands at texts, whole numbers, enums "
                       "and bools"});
  }
}

}  // namespace tidemark
