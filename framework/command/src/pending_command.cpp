#include "pending_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answer.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/observe/trace.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::command {

PendingCommand::PendingCommand(std::unique_ptr<Work> work) : work_(std::move(work)) {}
PendingCommand::PendingCommand(PendingCommand&&) noexcept = default;
PendingCommand& PendingCommand::operator=(PendingCommand&&) noexcept = default;
PendingCommand::~PendingCommand() = default;

std::optional<Result<Outcome, CommandError>> PendingCommand::poll() { return work_->poll(); }

PendingCommand::Work::Work(Dispatcher::Engine& engine, CommandMessage command)
    : engine_(engine),
      command_(std::move(command)),
      backoff_({.attempts = engine.options.attempts_max,
                .first = engine.options.backoff_first,
                .max = engine.options.backoff_max,
                .jitter_percent = 50}) {}

void PendingCommand::Work::start() {
  auto addressed = engine_.address(command_.type, command_.data);
  if (!addressed) {
    done_ = Unexpected(addressed.error());
    return;
  }
  addressed_ = *std::move(addressed);
  const auto now = engine_.clock.now();
  id_ = engine_.id_of(command_.options);
  event_time_ = command_.options.event_time.value_or(now);
  if (command_.options.correlation_id.empty()) command_.options.correlation_id = to_string(id_);
  const auto trace = observe::parse_traceparent(command_.options.traceparent);
  command_.options.traceparent = trace ? observe::to_traceparent(*trace) : std::string();
  attempt();
}

std::optional<Result<Outcome, CommandError>> PendingCommand::Work::poll() {
  if (done_) return done_;
  if (ticket_) {
    auto result = ticket_->poll();
    if (!result) return std::nullopt;
    look_at(std::move(*result));
  } else if (engine_.clock.monotonic() >= not_before_) {
    attempt();
  }
  return done_;
}

Result<Outcome, CommandError> PendingCommand::Work::finish() {
  while (!done_) {
    if (ticket_) {
      look_at(ticket_->wait());
    } else {
      auto& nobody = engine_.nobody;
      nobody.wait(nobody.generation(), not_before_ - engine_.clock.monotonic());
      attempt();
    }
  }
  return *done_;
}

/// False when the aggregate's own code threw.
bool PendingCommand::Work::decide() {
  try {
    const Context context({.command_id = id_,
                           .event_time = event_time_,
                           .correlation_id = command_.options.correlation_id,
                           .tenant = command_.options.tenant});
    decided_ = engine_.decide(addressed_, context);
    return true;
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    refuse("command.crashed", error.what(), "correct the aggregate");
    return false;
  }
}

void PendingCommand::Work::attempt() {
  if (!decide() || !place_events()) return;
  const auto& decision = decided_.decision;
  const auto& own = placed_.front();
  Outcome outcome{.stream = own.target.stream};
  if (!addressed_.route->is_boundary()) {
    outcome.version = StreamVersion(own.target.expected.version().value() + own.events.size());
  }
  switch (decision.kind()) {
    case Decision::Kind::events:
      outcome.kind = Outcome::Kind::accepted;
      outcome.events = static_cast<std::uint32_t>(decision.events().size());
      break;
    case Decision::Kind::nothing:
      break;
    case Decision::Kind::rejected:
      outcome.kind = Outcome::Kind::rejected;
      outcome.rejection = decision.rejection();
      break;
  }
  hand_in(std::move(outcome));
}

/// Finds the stream of each event; false when one has none that it may go to.
bool PendingCommand::Work::place_events() {
  placed_.clear();
  for (const auto& target : decided_.targets) placed_.push_back({.target = target});
  const auto& decision = decided_.decision;
  for (std::size_t at = 0; at < decision.events().size(); ++at) {
    const auto& event = *decision.events()[at];
    auto* placed = find_place(event, decision.streams()[at]);
    if (placed == nullptr) return false;
    const auto& events = placed->target.model->events();
    if (std::ranges::find(events, event.GetDescriptor()) == events.end()) {
      refuse("command.foreign_event",
             fmt::format("deciding '{}' emitted '{}', which its aggregate does not name",
                         command_.type, event.GetDescriptor()->full_name()),
             "add the event to the aggregate's Events");
      return false;
    }
    placed->events.push_back(&event);
    placed->ordinals.push_back(at);
  }
  return true;
}

/// Null, and refused, when the event may not go there.
PendingCommand::Work::Placed* PendingCommand::Work::find_place(
    const google::protobuf::Message& event, const StreamId& stream) {
  const auto& name = event.GetDescriptor()->full_name();
  if (stream == StreamId()) {
    if (addressed_.route->joint == nullptr) return &placed_.front();
    refuse("command.unaddressed_event",
           fmt::format("deciding '{}' emitted '{}' without a stream", command_.type, name),
           "a joint decision emits to<Aggregate>(id, event)");
    return nullptr;
  }
  const auto found = std::ranges::find(
      placed_, stream, [](const Placed& placed) -> const auto& { return placed.target.stream; });
  if (found != placed_.end()) return &*found;
  const auto* model = engine_.model_of(stream.category());
  if (addressed_.route->is_boundary() && model != nullptr) {
    placed_.push_back({.target = {.stream = stream, .model = model}});
    return &placed_.back();
  }
  refuse("command.foreign_stream",
         fmt::format("deciding '{}' emitted '{}' to '{}', on which it was not decided",
                     command_.type, name, stream.name()),
         "emit to the command's own aggregates only; a boundary may emit to all that are wired");
  return nullptr;
}

void PendingCommand::Work::hand_in(Outcome outcome) {
  outcome_ = std::move(outcome);
  const bool keyed = command_.options.id.has_value();
  if (!keyed && !command_.companions && decided_.decision.events().empty()) {
    done_ = outcome_;  // nobody can ask for it again: nothing to store
    return;
  }
  store::Append append{.id = AppendId(id_.uuid()), .condition = decided_.condition};
  for (const auto& placed : placed_) {
    append.streams.push_back({.stream = placed.target.stream,
                              .expected = placed.target.expected,
                              .events = new_events(placed)});
  }
  if (command_.companions) {
    for (auto& write : command_.companions(outcome_)) append.streams.push_back(std::move(write));
  }
  // Nobody knows this command's id, so the append may have that of its first event, which then
  // tells its outcome.
  if (!keyed && !append.streams.front().events.empty()) {
    append.id = AppendId(append.streams.front().events.front().event_id.uuid());
  }
  if (keyed) {
    append.answer = store::Answer{.bytes = encode_answer(outcome_),
                                  .expires_at = engine_.clock.now() + engine_.options.answer_ttl};
  }
  ticket_ = engine_.store.submit(std::move(append));
}

std::vector<NewEvent> PendingCommand::Work::new_events(const Placed& placed) const {
  std::vector<NewEvent> events;
  events.reserve(placed.events.size());
  const auto causation =
      command_.options.causation_id.empty() ? to_string(id_) : command_.options.causation_id;
  for (const auto* event : placed.events) {
    const auto& type = event->GetDescriptor()->full_name();
    const auto ordinal = std::to_string(placed.ordinals[events.size()]);
    events.push_back({.event_id = EventId(security::derive(id_.uuid(), {"event", ordinal})),
                      .type = type,
                      .schema = engine_.schemas.find(type)->second,
                      .data = serialize(*event),
                      .event_time = event_time_,
                      .correlation_id = command_.options.correlation_id,
                      .causation_id = causation,
                      .traceparent = command_.options.traceparent,
                      .tenant = command_.options.tenant,
                      .tags = tags_of(*event)});
  }
  return events;
}

void PendingCommand::Work::look_at(Result<store::Appended, store::AppendError> result) {
  ticket_.reset();
  if (result) return settle(*result);
  const auto& error = result.error();
  if (const auto* conflict = std::get_if<store::Conflict>(&error)) return lost_race(*conflict);
  if (std::holds_alternative<store::ConditionFailed>(error)) return try_again();
  if (std::holds_alternative<store::LimitExceeded>(error)) {
    return refuse("command.limit", to_string(error), "emit fewer or smaller events");
  }
  if (const auto* deleted = std::get_if<store::StreamDeleted>(&error)) {
    return find_deleted(deleted->stream);
  }
  refuse("command.duplicate_events", to_string(error),
         "another append used this command's id: give each command an id of its own");
}

void PendingCommand::Work::settle(const store::Appended& appended) {
  if (appended.repeated) {
    outcome_ = {
        .kind = appended.last == Position() ? Outcome::Kind::nothing : Outcome::Kind::accepted,
        .stream = addressed_.streams.front(),
        .repeated = true};
    if (appended.answer && !decode_answer(*appended.answer, outcome_)) {
      return refuse("command.bad_answer", "the stored answer cannot be read",
                    "the store may be damaged: run `tidemark store verify`");
    }
    if (outcome_.kind == Outcome::Kind::accepted && appended.first.value() > 0) {
      outcome_.events =
          static_cast<std::uint32_t>(appended.last.value() - appended.first.value() + 1);
    }
  } else {
    remember(appended);
  }
  if (!appended.versions.empty()) outcome_.version = appended.versions.front();
  outcome_.position = appended.last;
  done_ = outcome_;
}

/// Takes note of what is stored: stream by stream, as it was handed in.
void PendingCommand::Work::remember(const store::Appended& appended) {
  auto next = appended.first.value();
  for (std::size_t at = 0; at < placed_.size(); ++at) {
    const auto& [target, events, ordinals] = placed_[at];
    next += events.size();
    if (events.empty() || addressed_.route->is_boundary()) continue;
    // Behind the versions of a life that was deleted, the state is not where it was decided on.
    if (appended.versions[at].value() == target.expected.version().value() + events.size()) {
      engine_.advance(
          *target.model,
          {.stream = target.stream, .from = target.expected.version(), .last = Position(next - 1)},
          events);
    } else {
      engine_.states.drop(target.stream);
    }
  }
}

void PendingCommand::Work::lost_race(const store::Conflict& conflict) {
  engine_.states.drop(conflict.stream);
  const bool is_own = std::ranges::any_of(
      placed_, [&](const Placed& placed) { return placed.target.stream == conflict.stream; });
  if (is_own && conflict.deletion == store::Deletion::hard) return find_deleted(conflict.stream);
  if (is_own) return try_again();
  refuse("command.companion_conflict", to_string(store::AppendError(conflict)),
         "read the companion's stream again and send the command again");
}

void PendingCommand::Work::find_deleted(const StreamId& stream) {
  refuse("command.stream_deleted", to_string(store::AppendError(store::StreamDeleted{stream})),
         "give the new aggregate an id that was not used before");
}

void PendingCommand::Work::try_again() {
  const auto wait = backoff_.next(engine_.random);
  if (!wait) {
    return refuse("command.contended",
                  fmt::format("what '{}' is decided on changed under {} decisions in a row",
                              addressed_.streams.front().name(), backoff_.failures()),
                  "send it again later, or let fewer writers share the aggregate");
  }
  not_before_ = engine_.clock.monotonic() + *wait;
}

void PendingCommand::Work::refuse(const char* code, std::string message, std::string hint) {
  done_ = Unexpected(CommandError{.code = code,
                                  .field = command_.type,
                                  .message = std::move(message),
                                  .hint = std::move(hint)});
}

}  // namespace tidemark::command
