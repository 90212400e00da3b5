#include "tidemark/command/delayed_journal.hpp"

#include <fmt/format.h>
#include <tidemark/command/delayed.pb.h>

#include "tidemark/base/failure.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/store/event_range.hpp"

namespace tidemark::command {
namespace {

using State = DelayedCommand::State;
using Kind = v1::DelayedCommandSettled;

/// A person and the worker are all who compete for such a stream.
constexpr int attempts_max = 50;

StreamId stream_of(const CommandId& id) { return {delayed_category, to_string(id)}; }

v1::CommandScheduled scheduled(const DelayedCommand& command) {
  v1::CommandScheduled record;
  record.set_type(command.type);
  record.set_data(command.data);
  record.set_due(command.due.micros());
  record.set_stream(command.stream);
  const auto& options = command.options;
  if (options.event_time) record.set_event_time(options.event_time->micros());
  record.set_correlation_id(options.correlation_id);
  record.set_causation_id(options.causation_id);
  record.set_traceparent(options.traceparent);
  record.set_tenant(options.tenant);
  record.set_by(command.retried_by);
  record.set_reason(command.retry_reason);
  return record;
}

void apply(DelayedCommand& command, const v1::CommandScheduled& record) {
  command.type = record.type();
  command.data = record.data();
  command.due = UtcTime::from_micros(record.due());
  command.stream = record.stream();
  command.options = {.id = command.id,
                     .correlation_id = record.correlation_id(),
                     .causation_id = record.causation_id(),
                     .traceparent = record.traceparent(),
                     .tenant = record.tenant()};
  if (record.has_event_time()) {
    command.options.event_time = UtcTime::from_micros(record.event_time());
  }
  command.state = State::waiting;
  command.retried_by = record.by();
  command.retry_reason = record.reason();
}

void apply(DelayedCommand& command, const v1::DelayedCommandSettled& record) {
  command.state = State::done;
  command.stream = record.stream();
  command.rejection = {.code = record.code(), .detail = record.detail()};
  switch (record.kind()) {
    case Kind::KIND_ACCEPTED:
      command.kind = Outcome::Kind::accepted;
      break;
    case Kind::KIND_REJECTED:
      command.kind = Outcome::Kind::rejected;
      break;
    default:
      command.kind = Outcome::Kind::nothing;
  }
}

void apply(DelayedCommand& command, const v1::DelayedCommandFailed& record) {
  command.state = State::failed;
  command.problem = {.code = record.code(),
                     .field = command.type,
                     .message = record.message(),
                     .hint = record.hint()};
}

void apply(DelayedCommand& command, const v1::DelayedCommandCancelled&) {
  command.state = State::cancelled;
}

template <typename Record>
bool apply_if(DelayedCommand& command, const EventView& event) {
  if (event.type != Record::descriptor()->full_name()) return false;
  Record record;
  if (!record.ParseFromArray(event.data.data(), static_cast<int>(event.data.size()))) return false;
  apply(command, record);
  return true;
}

bool apply_record(DelayedCommand& command, const EventView& event) {
  return apply_if<v1::CommandScheduled>(command, event) ||
         apply_if<v1::DelayedCommandSettled>(command, event) ||
         apply_if<v1::DelayedCommandFailed>(command, event) ||
         apply_if<v1::DelayedCommandCancelled>(command, event);
}

Unexpected<CommandError> refuse(const CommandId& id, const char* code, std::string message,
                                std::string hint) {
  return Unexpected(CommandError{.code = code,
                                 .field = to_string(id),
                                 .message = std::move(message),
                                 .hint = std::move(hint)});
}

Unexpected<CommandError> not_scheduled(const CommandId& id) {
  return refuse(id, "command.not_scheduled", "no command of this id was scheduled",
                "`delayed list` shows them");
}

Unexpected<CommandError> contended(const CommandId& id) {
  return refuse(id, "command.contended", "its stream kept changing", "try again");
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::waiting:
      return "waiting";
    case State::done:
      return "done";
    case State::cancelled:
      return "cancelled";
    case State::failed:
      break;
  }
  return "failed";
}

std::optional<DelayedCommand> find_delayed(store::EventStore& store, const CommandId& id) {
  DelayedCommand command{.id = id};
  for (const auto& record : store::events(store, store::StreamQuery{.stream = stream_of(id)})) {
    const auto& event = record.view();
    if (!event.tombstone && !apply_record(command, event)) {
      throw Failure({.code = "command.unreadable_delay",
                     .message = fmt::format("record {} of '{}' is no record of this version",
                                            event.metadata.version.value(), event.metadata.stream),
                     .hint = "run the version of the application that wrote it, or newer"});
    }
    command.version = event.metadata.version;
  }
  if (command.type.empty()) return std::nullopt;
  return command;
}

Result<DelayedCommand, CommandError> DelayedJournal::schedule(const DelayedCommand& command) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto known = find(command.id);
    if (known && known->state != State::failed) return *known;
    auto next = command;
    // Of the fold that shows what it is: a record that came since, such as that of a person who
    // cancelled it, is a conflict.
    next.version = known ? known->version : store_.stream_version(stream_of(command.id));
    auto record = append(next, scheduled(next));
    if (!known) record.streams.front().expected = store::ExpectedState::no_stream();
    if (auto added = add(command.id, std::move(record))) return *std::move(added);
  }
  return contended(command.id);
}

Result<DelayedCommand, CommandError> DelayedJournal::cancel(const CommandId& id, const Verb& verb) {
  v1::DelayedCommandCancelled record;
  record.set_by(verb.by);
  record.set_reason(verb.reason);
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const auto known = find(id);
    if (!known) return not_scheduled(id);
    if (known->state == State::cancelled) return *known;
    if (known->state == State::done) {
      return refuse(id, "command.has_run", "it ran before it could be cancelled",
                    "send a command that takes back what it did");
    }
    if (auto added = add(id, append(*known, record))) return *std::move(added);
  }
  return contended(id);
}

Result<DelayedCommand, CommandError> DelayedJournal::retry(const CommandId& id, const Verb& verb) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto known = find(id);
    if (!known) return not_scheduled(id);
    if (known->state != State::failed) {
      return refuse(id, "command.not_failed",
                    fmt::format("the command is {}", to_string(known->state)),
                    "only one that failed is tried again");
    }
    known->due = clock_.now();
    known->retried_by = verb.by;
    known->retry_reason = verb.reason;
    if (auto added = add(id, append(*known, scheduled(*known)))) return *std::move(added);
  }
  return contended(id);
}

store::Append DelayedJournal::settled(const DelayedCommand& command, const Outcome& outcome) const {
  v1::DelayedCommandSettled record;
  record.set_stream(outcome.stream.name());
  switch (outcome.kind) {
    case Outcome::Kind::accepted:
      record.set_kind(Kind::KIND_ACCEPTED);
      break;
    case Outcome::Kind::nothing:
      record.set_kind(Kind::KIND_NOTHING);
      break;
    case Outcome::Kind::rejected:
      record.set_kind(Kind::KIND_REJECTED);
      record.set_code(outcome.rejection.code);
      record.set_detail(outcome.rejection.detail);
      break;
  }
  return append(command, record);
}

store::Append DelayedJournal::failed(const DelayedCommand& command,
                                     const CommandError& error) const {
  v1::DelayedCommandFailed record;
  record.set_code(error.code);
  record.set_message(error.message);
  record.set_hint(error.hint);
  return append(command, record);
}

store::Append DelayedJournal::append(const DelayedCommand& command,
                                     const google::protobuf::Message& record) const {
  const auto& type = *record.GetDescriptor();
  const auto next = std::to_string(command.version.next().value());
  const auto id = security::derive(command.id.uuid(), {"delayed", next, type.full_name()});
  const auto& correlation = command.options.correlation_id;
  NewEvent event{.event_id = EventId(id),
                 .type = type.full_name(),
                 .schema = store_.register_type(type.full_name(), fingerprint(type)),
                 .data = serialize(record),
                 .event_time = clock_.now(),
                 .correlation_id = correlation.empty() ? to_string(command.id) : correlation,
                 .causation_id = to_string(command.id),
                 .tenant = command.options.tenant};
  store::Append append{.id = AppendId(id)};
  append.streams.push_back({.stream = stream_of(command.id),
                            .expected = store::ExpectedState::exact(command.version),
                            .events = {std::move(event)}});
  return append;
}

std::optional<Result<DelayedCommand, CommandError>> DelayedJournal::add(const CommandId& id,
                                                                        store::Append record) {
  const auto appended = store_.append(std::move(record));
  if (appended) {
    // A repeated append is that of somebody who asked for the same before: what it says counts.
    if (auto known = find(id)) return *std::move(known);
    return contended(id);
  }
  const auto& error = appended.error();
  if (std::holds_alternative<store::Conflict>(error)) return std::nullopt;
  if (std::holds_alternative<store::StreamDeleted>(error)) {
    return refuse(id, "command.stream_deleted", to_string(error),
                  "give the command an id that was not used before");
  }
  return refuse(id, "command.limit", to_string(error), "send a smaller command");
}

std::vector<const google::protobuf::Descriptor*> delayed_types() {
  return {v1::CommandScheduled::descriptor(), v1::DelayedCommandSettled::descriptor(),
          v1::DelayedCommandFailed::descriptor(), v1::DelayedCommandCancelled::descriptor()};
}

}  // namespace tidemark::command
