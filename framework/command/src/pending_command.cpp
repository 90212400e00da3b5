#include "pending_command.hpp"

#include <fmt/format.h>

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
  route_ = addressed->route;
  message_ = std::move(addressed->message);
  stream_ = std::move(addressed->stream);
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

/// The aggregate as it stands, decided on; none when its own code threw.
std::optional<Loaded> PendingCommand::Work::decide() {
  try {
    auto loaded = engine_.load(*route_->model, stream_);
    const Context context({.command_id = id_,
                           .event_time = event_time_,
                           .correlation_id = command_.options.correlation_id,
                           .tenant = command_.options.tenant});
    decision_ = route_->command.decide(*loaded.state, *message_, context);
    decided_on_ = loaded.version;
    return loaded;
  } catch (const Failure&) {
    throw;
  } catch (const std::exception& error) {
    refuse("command.crashed", error.what(), "correct the aggregate");
    return std::nullopt;
  }
}

void PendingCommand::Work::attempt() {
  const auto decided = decide();
  if (!decided) return;
  const auto& loaded = *decided;
  Outcome outcome{.stream = stream_, .version = loaded.version};
  switch (decision_.kind()) {
    case Decision::Kind::events:
      outcome.kind = Outcome::Kind::accepted;
      outcome.events = static_cast<std::uint32_t>(decision_.events().size());
      outcome.version = StreamVersion(loaded.version.value() + outcome.events);
      break;
    case Decision::Kind::nothing:
      break;
    case Decision::Kind::rejected:
      outcome.kind = Outcome::Kind::rejected;
      outcome.rejection = decision_.rejection();
      break;
  }
  for (const auto& event : decision_.events()) {
    if (engine_.schemas.contains(event->GetDescriptor()->full_name())) continue;
    return refuse("command.foreign_event",
                  fmt::format("deciding '{}' emitted '{}', which its aggregate does not name",
                              command_.type, event->GetDescriptor()->full_name()),
                  "add the event to the aggregate's Events");
  }
  hand_in(loaded, std::move(outcome));
}

void PendingCommand::Work::hand_in(const Loaded& loaded, Outcome outcome) {
  outcome_ = std::move(outcome);
  const bool keyed = command_.options.id.has_value();
  if (!keyed && !command_.companions && decision_.events().empty()) {
    done_ = outcome_;  // nobody can ask for it again: nothing to store
    return;
  }
  store::Append append{.id = AppendId(id_.uuid())};
  append.streams.push_back({.stream = stream_,
                            .expected = store::ExpectedState::exact(loaded.version),
                            .events = new_events()});
  if (command_.companions) {
    for (auto& write : command_.companions(outcome_)) append.streams.push_back(std::move(write));
  }
  if (keyed) {
    append.answer = store::Answer{.bytes = encode_answer(outcome_),
                                  .expires_at = engine_.clock.now() + engine_.options.answer_ttl};
  }
  ticket_ = engine_.store.submit(std::move(append));
}

std::vector<NewEvent> PendingCommand::Work::new_events() const {
  std::vector<NewEvent> events;
  events.reserve(decision_.events().size());
  const auto causation =
      command_.options.causation_id.empty() ? to_string(id_) : command_.options.causation_id;
  for (const auto& event : decision_.events()) {
    const auto& type = event->GetDescriptor()->full_name();
    const auto ordinal = std::to_string(events.size());
    events.push_back({.event_id = EventId(security::derive(id_.uuid(), {"event", ordinal})),
                      .type = type,
                      .schema = engine_.schemas.find(type)->second,
                      .data = serialize(*event),
                      .event_time = event_time_,
                      .correlation_id = command_.options.correlation_id,
                      .causation_id = causation,
                      .traceparent = command_.options.traceparent,
                      .tenant = command_.options.tenant});
  }
  return events;
}

void PendingCommand::Work::look_at(Result<store::Appended, store::AppendError> result) {
  ticket_.reset();
  if (result) return settle(*result);
  const auto& error = result.error();
  if (const auto* conflict = std::get_if<store::Conflict>(&error)) return lost_race(*conflict);
  if (std::holds_alternative<store::LimitExceeded>(error)) {
    return refuse("command.limit", to_string(error), "emit fewer or smaller events");
  }
  if (std::holds_alternative<store::StreamDeleted>(error)) {
    return refuse("command.stream_deleted", to_string(error),
                  "give the new aggregate an id that was not used before");
  }
  refuse("command.duplicate_events", to_string(error),
         "another append used this command's id: give each command an id of its own");
}

void PendingCommand::Work::settle(const store::Appended& appended) {
  if (appended.repeated) {
    outcome_ = {
        .kind = appended.last == Position() ? Outcome::Kind::nothing : Outcome::Kind::accepted,
        .stream = stream_,
        .repeated = true};
    if (appended.answer && !decode_answer(*appended.answer, outcome_)) {
      return refuse("command.bad_answer", "the stored answer cannot be read",
                    "the store may be damaged: run `tidemark store verify`");
    }
    if (outcome_.kind == Outcome::Kind::accepted && appended.first.value() > 0) {
      outcome_.events =
          static_cast<std::uint32_t>(appended.last.value() - appended.first.value() + 1);
    }
  } else if (const auto& events = decision_.events(); !events.empty()) {
    // Behind the versions of a life that was deleted, the state is not where it was decided on.
    if (appended.versions.front().value() == decided_on_.value() + events.size()) {
      // They were the first of the append, before those of the companions.
      const Position last(appended.first.value() + events.size() - 1);
      engine_.advance(*route_, {.stream = stream_, .from = decided_on_, .last = last}, events);
    } else {
      engine_.states.drop(stream_);
    }
  }
  if (!appended.versions.empty()) outcome_.version = appended.versions.front();
  outcome_.position = appended.last;
  done_ = outcome_;
}

void PendingCommand::Work::lost_race(const store::Conflict& conflict) {
  engine_.states.drop(conflict.stream);
  if (conflict.stream != stream_) {
    return refuse("command.companion_conflict", to_string(store::AppendError(conflict)),
                  "read the companion's stream again and send the command again");
  }
  const auto wait = backoff_.next(engine_.random);
  if (!wait) {
    return refuse("command.contended",
                  fmt::format("stream '{}' changed under {} decisions in a row", stream_.name(),
                              backoff_.failures()),
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
