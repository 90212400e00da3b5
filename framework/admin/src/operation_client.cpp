#include "tidemark/admin/operation_client.hpp"

#include <tidemark/admin/operations.pb.h>

#include "operation_events.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::admin {
namespace {

v1::OperationRequested requested(const Uuid& id, const OperationRequest& request,
                                 UtcTime expires_at) {
  v1::OperationRequested event;
  event.set_operation_id(to_string(id));
  event.set_verb(request.verb);
  for (const auto& [name, value] : request.arguments) {
    auto& argument = *event.add_arguments();
    argument.set_name(name);
    argument.set_value(value);
  }
  event.set_by(request.by);
  event.set_reason(request.reason);
  event.set_expires_at(expires_at.micros());
  return event;
}

void check(const Result<store::Appended, store::AppendError>& appended) {
  if (appended) return;
  throw Failure({.code = "operation.not_stored",
                 .message = store::to_string(appended.error()),
                 .hint = "ask again, with shorter arguments if a limit is named"});
}

}  // namespace

Uuid OperationClient::request(const OperationRequest& request, Micros valid_for) {
  const auto now = clock_.now();
  const auto id = Uuid::version7(now, random_);
  const auto event = requested(id, request, now + valid_for);
  check(store_.append(operation_append(store_, id, StreamVersion(), event, now)));
  return id;
}

Uuid OperationClient::record(const OperationRequest& request, const OperationOutcome& outcome) {
  const auto now = clock_.now();
  const auto id = Uuid::version7(now, random_);
  v1::OperationFinished finished;
  finished.set_operation_id(to_string(id));
  finished.set_ok(outcome.ok);
  finished.set_code(outcome.code);
  finished.set_message(outcome.message);
  finished.set_hint(outcome.hint);
  // One append: no application meets it unfinished.
  auto append = operation_append(store_, id, StreamVersion(), requested(id, request, now), now);
  auto last = operation_append(store_, id, StreamVersion(1), finished, now);
  append.streams.front().events.push_back(std::move(last.streams.front().events.front()));
  check(store_.append(std::move(append)));
  return id;
}

OperationRecord OperationClient::look(const Uuid& id) const {
  return read_operation(store_, id).value();
}

OperationRecord OperationClient::withdraw(const Uuid& id, const std::string& by) {
  v1::OperationWithdrawn event;
  event.set_operation_id(to_string(id));
  event.set_by(by);
  // Refused by the exact version when somebody has started meanwhile; looking tells.
  const auto withdrawn =
      store_.append(operation_append(store_, id, StreamVersion(1), event, clock_.now()));
  static_cast<void>(withdrawn.has_value());
  return look(id);
}

}  // namespace tidemark::admin
