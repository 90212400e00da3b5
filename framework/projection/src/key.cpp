#include "tidemark/projection/key.hpp"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <limits>
#include <memory>
#include <stdexcept>

namespace tidemark::projection {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// Gives a field a value that is not its default.
void set_some_value(Message& message, const FieldDescriptor& field) {
  const auto* reflection = message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->SetInt64(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->SetUInt32(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection->SetUInt64(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(&message, &field, true);
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->SetString(&message, &field, "x");
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* values = field.enum_type();
      return reflection->SetEnum(&message, &field, values->value(values->value_count() - 1));
    }
    default:
      return;
  }
}

}  // namespace

void put_key(std::string& out, std::string_view text) {
  // A zero byte inside becomes 00 FF, the end 00 00: shorter texts sort before longer ones.
  for (auto zero = text.find('\0'); zero != std::string_view::npos; zero = text.find('\0')) {
    out.append(text.substr(0, zero + 1));
    out += '\xFF';
    text.remove_prefix(zero + 1);
  }
  out.append(text);
  out.append(2, '\0');
}

void put_key(std::string& out, std::int64_t number) {
  const auto ordered = static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63U);
  char bytes[8];
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>(ordered >> (56U - 8U * i));
  out.append(bytes, sizeof bytes);
}

void put_key(std::string& out, std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw std::out_of_range(fmt::format("{} does not fit into a column", number));
  }
  put_key(out, static_cast<std::int64_t>(number));
}

const FieldDescriptor* find_field(const Message& prototype,
                                  const std::function<bool(const Message&)>& is_set) {
  const auto* type = prototype.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->is_repeated()) continue;
    const std::unique_ptr<Message> probe(prototype.New());
    set_some_value(*probe, *field);
    if (is_set(*probe)) return field;
  }
  return nullptr;
}

}  // namespace tidemark::projection
