#include "tidemark/admin/operation.hpp"

#include <fmt/format.h>
#include <tidemark/admin/operations.pb.h>

#include <deque>

#include "operation_events.hpp"

namespace tidemark::admin {
namespace {

template <typename Message>
bool parse(const EventView& event, Message& message) {
  return event.type == Message::descriptor()->full_name() &&
         message.ParseFromArray(event.data.data(), static_cast<int>(event.data.size()));
}

void take(const v1::OperationRequested& event, Operation& operation) {
  operation.verb = event.verb();
  for (const auto& argument : event.arguments()) {
    operation.arguments[argument.name()] = argument.value();
  }
  operation.by = event.by();
  operation.reason = event.reason();
  operation.expires_at = UtcTime::from_micros(event.expires_at());
}

void apply(const EventView& event, OperationRecord& record) {
  v1::OperationRequested requested;
  v1::OperationFinished finished;
  if (parse(event, requested)) {
    take(requested, record.operation);
    record.requested_at = event.metadata.recorded_at;
  } else if (parse(event, finished)) {
    record.state = OperationState::finished;
    record.outcome = {.ok = finished.ok(),
                      .code = finished.code(),
                      .message = finished.message(),
                      .hint = finished.hint()};
  } else if (event.type == v1::OperationStarted::descriptor()->full_name()) {
    record.state = OperationState::started;
  } else if (event.type == v1::OperationWithdrawn::descriptor()->full_name()) {
    record.state = OperationState::withdrawn;
  }
  record.changed_at = event.metadata.recorded_at;
  record.version = event.metadata.version;
}

/// The newest ids: streams come by name, which for these is by time.
std::deque<Uuid> newest_ids(store::EventStore& store, std::uint64_t limit) {
  constexpr std::uint64_t page = 1000;
  std::deque<Uuid> ids;
  std::string after;
  for (bool more = true; more;) {
    const auto streams = store.streams(std::string(operation_category), after, page);
    for (const auto& info : streams) {
      after = info.stream.name();
      if (const auto id = Uuid::parse(info.stream.id())) ids.push_back(*id);
      if (ids.size() > limit) ids.pop_front();
    }
    more = streams.size() == page;
  }
  return ids;
}

}  // namespace

std::string Operation::argument(const std::string& name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string() : found->second;
}

std::string Operation::signed_reason() const {
  return fmt::format("{} ({}, operation {})", reason, by, to_string(id));
}

std::string_view to_string(OperationState state) {
  switch (state) {
    case OperationState::requested:
      return "requested";
    case OperationState::started:
      return "started";
    case OperationState::finished:
      return "finished";
    case OperationState::withdrawn:
      break;
  }
  return "withdrawn";
}

std::optional<OperationRecord> read_operation(store::EventStore& store, const Uuid& id) {
  OperationRecord record{.operation = {.id = id}};
  store.read_stream({.stream = operation_stream(id)}, [&](const EventView& event) {
    apply(event, record);
    return true;
  });
  if (record.operation.verb.empty()) return std::nullopt;
  return record;
}

std::vector<OperationRecord> newest_operations(store::EventStore& store, std::uint64_t limit) {
  std::vector<OperationRecord> records;
  const auto ids = newest_ids(store, limit);
  records.reserve(ids.size());
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    if (auto record = read_operation(store, *id)) records.push_back(*std::move(record));
  }
  return records;
}

}  // namespace tidemark::admin
