#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "tidemark/admin/operation.hpp"
#include "tidemark/store/append.hpp"

namespace tidemark::admin {

StreamId operation_stream(const Uuid& id);

/// Appends `event` to the operation's stream at exactly that version. Ids follow from the operation
/// and the event's type: the same event again is the same append.
store::Append operation_append(store::EventStore& store, const Uuid& operation,
                               StreamVersion expected, const google::protobuf::Message& event,
                               UtcTime event_time);

}  // namespace tidemark::admin
