#pragma once

#include <google/protobuf/message.h>

#include <string_view>

#include "tidemark/sql/database.hpp"

namespace tidemark::projection {

/// The rows of one read model, by the bytes of their keys: what `Table<P>` stands on. One thread at
/// a time; used while an event is handled, and only then.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual google::protobuf::Message& at(std::string_view key) = 0;
  virtual const google::protobuf::Message* find(std::string_view key) = 0;
  virtual void erase(std::string_view key) = 0;
  virtual void close(std::string_view key) = 0;
  virtual sql::Database& sql() = 0;
};

}  // namespace tidemark::projection
