#include "decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "tidemark/base/failure.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::saga {
namespace {

/// The id whose time the ids of this input's records take over.
Uuid parent_of(const v1::InputRef& ref) {
  return Uuid::parse(std::string_view(ref.id()).substr(0, 36)).value_or(Uuid());
}

template <typename Message>
Record make_record(const Message& message, const std::string& key, const v1::InputRef& ref,
                   const std::string& correlation_id) {
  return {.type = Message::descriptor()->full_name(),
          .data = serialize(message),
          .key = key,
          .parent = parent_of(ref),
          .correlation_id = correlation_id,
          .causation_id = ref.id()};
}

Record suspend_on(const Moment& moment, const Arrival& arrival, const char* code,
                  std::string message) {
  v1::Suspended why;
  why.set_code(code);
  why.set_message(std::move(message));
  why.set_hint(
      "mend the cause, then `saga retry` handles the input again and `saga resume` passes it");
  *why.mutable_input() = arrival.ref;
  auto record = suspend(moment, why);
  if (!arrival.correlation_id.empty()) record.correlation_id = arrival.correlation_id;
  return record;
}

void arm_timers(const Moment& moment, const Arrival& arrival, v1::Transitioned& record) {
  for (const auto& row : moment.model.rows()) {
    if (!row.after_seconds || row.from != record.to()) continue;
    const auto known = std::ranges::find(record.armed(), row.input, &v1::ArmedTimer::input);
    if (known != record.armed().end()) continue;
    auto& timer = *record.add_armed();
    timer.set_id(fmt::format("{}/{}", moment.instance.version.value() + 1, row.input));
    timer.set_input(row.input);
    timer.set_due(arrival.ref.recorded_at() + *row.after_seconds * 1'000'000);
  }
}

void add_command(const Moment& moment, v1::Transitioned& record, const Outbox::Sent& sent,
                 std::uint64_t undoes) {
  auto& command = *record.add_commands();
  command.set_id(
      command_id(moment, record.input(), static_cast<std::size_t>(record.commands_size()) - 1));
  command.set_type(sent.type);
  command.set_data(sent.data);
  command.set_undoes(undoes);
}

void add_undos(const Moment& moment, const Reply& reply, const Arrival& arrival,
               v1::Transitioned& record) {
  record.set_withdrew(true);
  const auto& steps = moment.instance.steps;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const auto row = find_row(moment.model, step->row);
    if (step->undone || step->accepted == 0 || !row || !moment.model.rows()[*row].undoable) {
      continue;
    }
    const auto commands = moment.model.undo(*row, reply.data, arrival.input.recorded_at);
    for (const auto& sent : commands) add_command(moment, record, sent, step->record.value());
  }
}

Record transition(const Moment& moment, const Arrival& arrival, const Reply& reply) {
  const auto& row = moment.model.rows()[reply.row];
  v1::Transitioned record;
  record.set_table_hash(moment.model.table_hash());
  *record.mutable_input() = arrival.ref;
  record.set_from(row.from);
  record.set_to(reply.to);
  record.set_row(row.name);
  record.set_data(reply.data);
  record.set_entered(!row.to.empty() || moment.instance.version == StreamVersion());
  if (row.compensates) add_undos(moment, reply, arrival, record);
  for (const auto& sent : reply.commands) add_command(moment, record, sent, 0);
  if (record.entered()) arm_timers(moment, arrival, record);
  return make_record(record, input_key(arrival.ref), arrival.ref, arrival.correlation_id);
}

Record ignored(const Moment& moment, const Arrival& arrival) {
  v1::Transitioned record;
  record.set_table_hash(moment.model.table_hash());
  *record.mutable_input() = arrival.ref;
  record.set_from(moment.instance.state);
  record.set_to(moment.instance.state);
  return make_record(record, input_key(arrival.ref), arrival.ref, arrival.correlation_id);
}

std::optional<Record> unexpected(const Moment& moment, const Arrival& arrival) {
  if (moment.instance.version == StreamVersion()) return std::nullopt;
  const auto text = fmt::format("in state '{}' no row takes {}", moment.instance.state,
                                arrival.ref.kind() == v1::InputRef::KIND_REJECTED
                                    ? fmt::format("the rejection '{}' of {}",
                                                  arrival.input.rejection.code, arrival.ref.type())
                                    : arrival.ref.type());
  if (arrival.ref.kind() == v1::InputRef::KIND_REJECTED) {
    return suspend_on(moment, arrival, "saga.unexpected_rejection", text);
  }
  const bool over =
      moment.instance.status == Status::finished || moment.instance.status == Status::cancelled;
  if (over || moment.model.spec().unexpected == SagaSpec::Unexpected::ignore) {
    return ignored(moment, arrival);
  }
  return suspend_on(moment, arrival, "saga.unexpected_input", text);
}

}  // namespace

std::optional<Record> handle_input(const Moment& moment, const Arrival& arrival) {
  const auto& instance = moment.instance;
  if (instance.status == Status::cancelled) return ignored(moment, arrival);
  const auto& state = instance.state.empty() ? moment.model.states().front().name : instance.state;
  if (find_state(moment.model, state) == nullptr) {
    return suspend_on(moment, arrival, "saga.unknown_state",
                      fmt::format("the table has no state '{}' any more", state));
  }
  try {
    const auto reply = moment.model.run(state, instance.data, arrival.input);
    switch (reply.kind) {
      case Reply::Kind::moved:
        return transition(moment, arrival, reply);
      case Reply::Kind::unexpected:
        return unexpected(moment, arrival);
      case Reply::Kind::bad_bytes:
        break;
    }
    return suspend_on(moment, arrival, "saga.bad_bytes",
                      fmt::format("{} or the saga's data cannot be decoded", arrival.ref.type()));
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    return suspend_on(moment, arrival, "saga.action_failed",
                      fmt::format("handling {} in state '{}' threw: {}", arrival.ref.type(), state,
                                  error.what()));
  }
}

Record defer_input(const v1::InputRef& ref, const std::string& correlation_id) {
  v1::Deferred record;
  *record.mutable_input() = ref;
  return make_record(record, "deferred " + input_key(ref), ref, correlation_id);
}

Record suspend(const Moment& moment, const v1::Suspended& why) {
  // An instance can be suspended many times: its version keeps the records apart.
  const auto key = fmt::format("suspended {}", moment.instance.version.value() + 1);
  return make_record(why, key, why.input(), moment.instance.correlation_id);
}

Arrival arrive_timer(const v1::ArmedTimer& timer) {
  Arrival arrival;
  arrival.ref.set_kind(v1::InputRef::KIND_TIMER);
  arrival.ref.set_type(timer.input());
  arrival.ref.set_id(timer.id());
  arrival.ref.set_recorded_at(timer.due());
  arrival.input = {.kind = Input::Kind::timer,
                   .type = timer.input(),
                   .recorded_at = UtcTime::from_micros(timer.due())};
  return arrival;
}

v1::CommandSettled settled_as(const SagaModel& model, const v1::OutgoingCommand& command,
                              const std::optional<Rejection>& rejection) {
  v1::CommandSettled settled;
  settled.set_command_id(command.id());
  settled.set_type(command.type());
  settled.set_kind(rejection ? v1::CommandSettled::KIND_REJECTED
                             : v1::CommandSettled::KIND_ACCEPTED);
  if (rejection) {
    settled.set_code(rejection->code);
    settled.set_detail(rejection->detail);
  }
  const auto wanted = "accepted " + command.type();
  const bool has_row =
      std::ranges::any_of(model.rows(), [&](const RowInfo& row) { return row.input == wanted; });
  settled.set_input(command.undoes() == 0 && (rejection || has_row));
  return settled;
}

std::vector<Record> settle_command(const Moment& moment, const OpenCommand& open,
                                   const v1::CommandSettled& settled) {
  v1::InputRef ref;
  ref.set_id(open.command.id());
  std::vector<Record> records;
  records.push_back(make_record(settled, "settled " + open.command.id(), ref, open.correlation_id));
  const bool rejected = settled.kind() == v1::CommandSettled::KIND_REJECTED;
  if (rejected && open.command.undoes() != 0) {
    v1::Suspended why;
    why.set_code("saga.undo_rejected");
    why.set_message(fmt::format("{} was to take back record {} and was rejected: {}",
                                settled.type(), open.command.undoes(), settled.code()));
    why.set_hint("take it back by hand, then `saga resume`");
    auto record = suspend(moment, why);
    record.key += " " + open.command.id();
    records.push_back(std::move(record));
  }
  return records;
}

NewEvent to_event(const Record& record, const SagaModel& model, const std::string& instance,
                  UtcTime now) {
  return {.event_id = EventId(
              security::derive(record.parent, {"saga", model.spec().name, instance, record.key})),
          .type = record.type,
          .data = record.data,
          .event_time = now,
          .correlation_id = record.correlation_id,
          .causation_id = record.causation_id};
}

std::string command_id(const Moment& moment, const v1::InputRef& ref, std::size_t ordinal) {
  const auto number = std::to_string(ordinal);
  const auto key = input_key(ref);
  return to_string(security::derive(
      parent_of(ref), {"saga command", moment.model.spec().name, moment.id, key, number}));
}

}  // namespace tidemark::saga
