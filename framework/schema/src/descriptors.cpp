#include "tidemark/schema/descriptors.hpp"

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>

#include <set>

#include "tidemark/schema/catalogue.hpp"

namespace tidemark {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

void add_file(const FileDescriptor& file, std::set<std::string>& seen,
              google::protobuf::FileDescriptorSet& set) {
  if (!seen.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), seen, set);
  file.CopyTo(set.add_file());
}

Problem unknown(std::string_view type) {
  return {.code = "schema.unknown_type",
          .field = std::string(type),
          .message = "the descriptor set does not hold this type",
          .hint = "start the application once: it stores its types"};
}

}  // namespace

struct Descriptors::Pool {
  google::protobuf::DescriptorPool pool;
  google::protobuf::DynamicMessageFactory factory{&pool};
};

Descriptors::Descriptors(std::string_view file_descriptor_set) : pool_(std::make_unique<Pool>()) {
  google::protobuf::FileDescriptorSet set;
  bool good =
      set.ParseFromArray(file_descriptor_set.data(), static_cast<int>(file_descriptor_set.size()));
  for (int i = 0; good && i < set.file_size(); ++i) {
    good = pool_->pool.BuildFile(set.file(i)) != nullptr;
  }
  if (!good) {
    throw Failure({.code = "schema.bad_descriptor_set",
                   .message = "these bytes are no descriptor set that is whole",
                   .hint = "export it with its imports, dependencies first"});
  }
}

Descriptors::~Descriptors() = default;
Descriptors::Descriptors(Descriptors&&) noexcept = default;

const Descriptor* Descriptors::find(std::string_view type) const {
  return pool_->pool.FindMessageTypeByName(std::string(type));
}

Result<std::string, Problem> Descriptors::bytes(std::string_view type,
                                                std::string_view json) const {
  const auto* descriptor = find(type);
  if (descriptor == nullptr) return Unexpected(unknown(type));
  const std::unique_ptr<google::protobuf::Message> message(
      pool_->factory.GetPrototype(descriptor)->New());
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), message.get());
  if (status.ok()) return serialize(*message);
  return Unexpected(Problem{.code = "schema.bad_json",
                            .field = std::string(type),
                            .message = std::string(status.message()),
                            .hint = "`schema export` writes the types as they are"});
}

Result<std::string, Problem> Descriptors::json(std::string_view type, std::string_view data) const {
  const auto* descriptor = find(type);
  if (descriptor == nullptr) return Unexpected(unknown(type));
  const std::unique_ptr<google::protobuf::Message> message(
      pool_->factory.GetPrototype(descriptor)->New());
  if (!message->ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    return Unexpected(Problem{.code = "schema.bad_bytes",
                              .field = std::string(type),
                              .message = fmt::format("{} bytes are no message of it", data.size()),
                              .hint = "the event may be damaged: run `tidemark store verify`"});
  }
  return to_json(*message);
}

std::string descriptor_set(const std::vector<const Descriptor*>& types) {
  std::set<std::string> seen;
  google::protobuf::FileDescriptorSet set;
  for (const auto* type : types) add_file(*type->file(), seen, set);
  return set.SerializeAsString();
}

std::string to_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : "{}";
}

}  // namespace tidemark
