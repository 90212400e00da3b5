#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <functional>

#include "tidemark/projection/model.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::projection {

/// Visits the rows of a read model as messages, in the order of their keys, until `visit` answers
/// false. The row ends with the call. One statement, so one state of the model.
void read_rows(sql::Database& file, const ProjectionModel& model,
               const std::function<bool(const google::protobuf::Message& row)>& visit);

}  // namespace tidemark::projection
