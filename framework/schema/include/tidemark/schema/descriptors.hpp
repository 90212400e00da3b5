#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark {

/// Message types known only by their descriptors: what lets a tool show events of an application
/// that it was not compiled with. Reading is safe from any thread.
class Descriptors {
 public:
  /// From the bytes of a google.protobuf.FileDescriptorSet that holds every import. Throws
  /// `Failure` "schema.bad_descriptor_set".
  explicit Descriptors(std::string_view file_descriptor_set);
  ~Descriptors();
  Descriptors(Descriptors&&) noexcept;

  [[nodiscard]] const google::protobuf::Descriptor* find(std::string_view type) const;
  /// A message as JSON with the proto's field names, in one line.
  [[nodiscard]] Result<std::string, Problem> json(std::string_view type,
                                                  std::string_view data) const;
  /// The inverse: the message's bytes, the same for the same content. Takes both spellings of
  /// fields. Problems: "schema.unknown_type", "schema.bad_json".
  [[nodiscard]] Result<std::string, Problem> bytes(std::string_view type,
                                                   std::string_view json) const;

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

/// The FileDescriptorSet, as bytes, of the files of these types and of all they import; imports
/// first.
std::string descriptor_set(const std::vector<const google::protobuf::Descriptor*>& types);

/// A compiled message as JSON with the proto's field names, in one line.
std::string to_json(const google::protobuf::Message& message);

}  // namespace tidemark
