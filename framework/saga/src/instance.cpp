#include "tidemark/saga/instance.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::saga {
namespace {

template <typename Record>
bool parse(Record& record, std::string_view data) {
  return record.ParseFromArray(data.data(), static_cast<int>(data.size()));
}

template <typename Record>
bool is(const EventView& event) {
  return event.type == Record::descriptor()->full_name();
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::suspended:
      return "suspended";
    case Status::finished:
      return "finished";
    case Status::cancelled:
      break;
  }
  return "cancelled";
}

std::string input_key(const v1::InputRef& input) {
  switch (input.kind()) {
    case v1::InputRef::KIND_EVENT:
      return "event:" + input.id();
    case v1::InputRef::KIND_TIMER:
      return "timer:" + input.id();
    default:
      return "outcome:" + input.id();
  }
}

StreamId journal_stream(std::string_view saga, std::string_view instance) {
  return StreamId(fmt::format("{}{}", journal_prefix, saga), instance);
}

bool Instance::apply(const EventView& event) {
  const auto fold = [&]<typename Record>(Record record, auto&& take) {
    if (!parse(record, event.data)) return false;
    version = event.metadata.version;
    if (version == StreamVersion(1)) started_at = event.metadata.recorded_at;
    updated_at = event.metadata.recorded_at;
    if (!event.metadata.correlation_id.empty()) correlation_id = event.metadata.correlation_id;
    take(record);
    return true;
  };
  if (is<v1::Transitioned>(event)) {
    return fold(v1::Transitioned(), [&](const auto& record) { apply_transition(record, event); });
  }
  if (is<v1::CommandSettled>(event)) {
    return fold(v1::CommandSettled(), [&](const auto& record) { apply_settled(record, event); });
  }
  if (is<v1::Deferred>(event)) {
    return fold(v1::Deferred(), [&](const auto& record) {
      pending.push_back(record.input());
      inputs.insert(input_key(record.input()));
    });
  }
  if (is<v1::Suspended>(event)) {
    return fold(v1::Suspended(), [&](const auto& record) {
      status = Status::suspended;
      suspension = record;
      if (!record.has_input()) return;
      const auto key = input_key(record.input());
      inputs.insert(key);
      if (pending.empty() || input_key(pending.front()) != key) pending.push_front(record.input());
    });
  }
  if (is<v1::Resumed>(event)) {
    return fold(v1::Resumed(), [&](const auto& record) { apply_resumed(record); });
  }
  if (is<v1::Paused>(event)) {
    return fold(v1::Paused(), [&](const auto&) { status = Status::paused; });
  }
  if (is<v1::Cancelled>(event)) {
    return fold(v1::Cancelled(), [&](const auto&) {
      status = Status::cancelled;
      commands.clear();
      timers.clear();
      pending.clear();
    });
  }
  return false;
}

void Instance::apply_transition(const v1::Transitioned& record, const EventView& event) {
  const auto key = input_key(record.input());
  inputs.insert(key);
  if (!pending.empty() && input_key(pending.front()) == key) pending.pop_front();
  settled.erase(record.input().id());
  if (table_hash.empty()) table_hash = record.table_hash();
  if (record.input().kind() == v1::InputRef::KIND_TIMER) {
    std::erase_if(timers, [&](const auto& timer) { return timer.id() == record.input().id(); });
  }
  if (record.row().empty()) return;
  if (record.entered()) timers.clear();
  timers.insert(timers.end(), record.armed().begin(), record.armed().end());
  state = record.to();
  data = record.data();
  if (record.withdrew()) commands.clear();
  for (const auto& command : record.commands()) {
    commands.push_back({.command = command,
                        .record = version,
                        .correlation_id = std::string(event.metadata.correlation_id),
                        .record_event_id = to_string(event.metadata.event_id)});
    for (auto& step : steps) {
      if (step.record.value() == command.undoes()) step.undone = true;
    }
  }
  steps.push_back({.record = version, .row = record.row()});
}

void Instance::apply_settled(const v1::CommandSettled& record, const EventView& event) {
  const auto open = std::ranges::find_if(commands, [&](const OpenCommand& command) {
    return command.command.id() == record.command_id();
  });
  if (open == commands.end()) return;
  const bool rejected = record.kind() == v1::CommandSettled::KIND_REJECTED;
  for (auto& step : steps) {
    if (step.record == open->record && open->command.undoes() == 0 && !rejected) ++step.accepted;
  }
  if (record.input()) {
    settled[record.command_id()] = {
        .type = record.type(),
        .data = open->command.data(),
        .rejection = {.code = record.code(), .detail = record.detail()}};
  }
  commands.erase(open);
  if (!record.input()) return;
  v1::InputRef input;
  input.set_kind(rejected ? v1::InputRef::KIND_REJECTED : v1::InputRef::KIND_ACCEPTED);
  input.set_type(record.type());
  input.set_id(record.command_id());
  input.set_recorded_at(event.metadata.recorded_at.micros());
  input.set_position(event.metadata.position.value());
  pending.push_back(std::move(input));
}

void Instance::apply_resumed(const v1::Resumed& record) {
  if (record.skip_input() && suspension && suspension->has_input() && !pending.empty()) {
    settled.erase(pending.front().id());
    pending.pop_front();
  }
  status = Status::running;
  suspension.reset();
  if (!record.table_hash().empty()) table_hash = record.table_hash();
}

}  // namespace tidemark::saga
