#include "errands.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::saga {

JournalErrand::JournalErrand(const Coordinator::Parts& parts, std::string instance, Next next)
    : parts_(parts), instance_(std::move(instance)), next_(std::move(next)) {}

bool JournalErrand::poll() {
  if (!ticket_) {
    const auto folded = parts_.fold(instance_);
    record_ = next_({.model = parts_.model, .id = instance_, .instance = folded});
    if (!record_) return true;
    ticket_ = parts_.store.submit(parts_.append(instance_, folded.version, {*record_}));
  }
  const auto result = ticket_->poll();
  if (!result) return false;
  ticket_.reset();
  if (*result) {
    appended_ = !(*result)->repeated;
    position_ = (*result)->last;
    if (appended_) parts_.tell(instance_, *record_);
    return true;
  }
  if (std::holds_alternative<store::Conflict>(result->error())) return false;  // look again
  throw Failure({.code = "saga.journal_refused",
                 .message = fmt::format("instance '{}': {}", instance_, to_string(result->error())),
                 .hint = "an action must send fewer or smaller commands, or keep less data"});
}

Arrival arrive(const EventInput& input) {
  const auto& metadata = input.event.metadata();
  Arrival arrival{.correlation_id = std::string(metadata.correlation_id)};
  arrival.ref.set_kind(v1::InputRef::KIND_EVENT);
  arrival.ref.set_type(std::string(input.event.type()));
  arrival.ref.set_id(to_string(metadata.event_id));
  arrival.ref.set_recorded_at(metadata.recorded_at.micros());
  arrival.ref.set_position(metadata.position.value());
  arrival.input = {.kind = Input::Kind::event,
                   .type = input.event.type(),
                   .data = input.event.data(),
                   .recorded_at = metadata.recorded_at};
  return arrival;
}

namespace {

/// An event input that was deferred: read from the log again.
void reload_event(const Coordinator::Parts& parts, const v1::InputRef& ref, HeldInput& held) {
  parts.store.read({.from = Position(ref.position()), .limit = 1}, [&](const EventView& event) {
    held.event.emplace(event);
    return false;
  });
  if (!held.event || to_string(held.event->metadata().event_id) != ref.id()) {
    throw Failure(
        {.code = "saga.lost_input",
         .message =
             fmt::format("event {} is not at position {} any more", ref.id(), ref.position()),
         .hint = "the log is not the one the journal was written on: run `store verify`"});
  }
  std::string buffer;
  const auto now = parts.catalogue.current(held.event->type(), held.event->data(), buffer);
  if (const auto* current = std::get_if<Catalogue::Current>(&now)) {
    held.type = current->type;
    held.data = current->data;
  } else {
    held.unreadable = std::move(buffer);
  }
}

}  // namespace

std::optional<Arrival> arrive_pending(const Coordinator::Parts& parts, const Instance& instance,
                                      HeldInput& held) {
  const auto& ref = instance.pending.front();
  Arrival arrival{.ref = ref, .correlation_id = instance.correlation_id};
  arrival.input.recorded_at = UtcTime::from_micros(ref.recorded_at());
  switch (ref.kind()) {
    case v1::InputRef::KIND_EVENT:
      reload_event(parts, ref, held);
      arrival.input.kind = Input::Kind::event;
      arrival.correlation_id = held.event->metadata().correlation_id;
      break;
    case v1::InputRef::KIND_TIMER:
      arrival.input.kind = Input::Kind::timer;
      held.type = ref.type();
      break;
    default: {
      const auto settled = instance.settled.find(ref.id());
      if (settled == instance.settled.end()) return std::nullopt;
      arrival.input.kind =
          ref.kind() == v1::InputRef::KIND_REJECTED ? Input::Kind::rejected : Input::Kind::accepted;
      arrival.input.rejection = settled->second.rejection;
      held.type = settled->second.type;
      held.data = settled->second.data;
    }
  }
  arrival.input.type = held.type;
  arrival.input.data = held.data;
  return arrival;
}

CommandErrand::CommandErrand(const Coordinator::Parts& parts, std::string instance)
    : parts_(parts), instance_(std::move(instance)) {}

bool CommandErrand::start() {
  const auto folded = parts_.fold(instance_);
  if (folded.status != Status::running || !folded.pending.empty() || folded.commands.empty()) {
    return false;
  }
  open_ = folded.commands.front();
  const auto& command = open_->command;
  command::CommandMessage message{.type = command.type(), .data = command.data()};
  message.options = {.id = CommandId(Uuid::parse(command.id()).value()),
                     .correlation_id = open_->correlation_id,
                     .causation_id = open_->record_event_id};
  message.companions = [this, folded](const command::Outcome& outcome) {
    const Moment moment{.model = parts_.model, .id = instance_, .instance = folded};
    return parts_
        .append(instance_, folded.version, settle_command(moment, *open_, settled_of(outcome)))
        .streams;
  };
  pending_ = parts_.dispatcher.submit(std::move(message));
  return true;
}

v1::CommandSettled CommandErrand::settled_of(const command::Outcome& outcome) const {
  const bool rejected = outcome.kind == command::Outcome::Kind::rejected;
  auto settled = settled_as(parts_.model, open_->command,
                            rejected ? std::optional(outcome.rejection) : std::nullopt);
  if (outcome.kind == command::Outcome::Kind::nothing) {
    settled.set_kind(v1::CommandSettled::KIND_NOTHING);
  }
  settled.set_stream(outcome.stream.name());
  return settled;
}

bool CommandErrand::poll() {
  if (afterwards_) return afterwards_->poll();
  if (!pending_ && !start()) return true;
  const auto result = pending_->poll();
  if (!result) return false;
  pending_.reset();
  if (!*result) return failed(result->error());
  if (!(*result)->repeated) {
    appended_ = true;
    tell_outcome(**result);
    return true;
  }
  // The command was carried out before under the same id, and its journal record went with it,
  // unless somebody else used the id: then the journal still shows it open, and gets the record
  // now.
  const auto settled = settled_of(**result);
  return journal([open = *open_, settled](const Moment& moment) -> std::optional<Record> {
    const auto& commands = moment.instance.commands;
    if (commands.empty() || commands.front().command.id() != open.command.id()) return std::nullopt;
    return settle_command(moment, open, settled).front();
  });
}

/// Its journal records went with the command; they follow from the outcome.
void CommandErrand::tell_outcome(const command::Outcome& outcome) const {
  const Instance unchanged;
  const Moment moment{.model = parts_.model, .id = instance_, .instance = unchanged};
  for (const auto& record : settle_command(moment, *open_, settled_of(outcome))) {
    parts_.tell(instance_, record);
  }
}

bool CommandErrand::failed(const command::CommandError& error) {
  if (error.code == "command.companion_conflict" || error.code == "command.contended") {
    return false;  // fold again, and send again if it is still the next one
  }
  return journal([error](const Moment& moment) -> std::optional<Record> {
    if (moment.instance.status != Status::running) return std::nullopt;
    v1::Suspended why;
    why.set_code("saga.command_failed");
    why.set_message(to_string(error));
    why.set_hint("mend the cause, then `saga retry` sends the command again");
    return suspend(moment, why);
  });
}

bool CommandErrand::journal(JournalErrand::Next next) {
  afterwards_ = std::make_unique<JournalErrand>(parts_, instance_, std::move(next));
  return afterwards_->poll();
}

namespace {

Record unreadable_input(const Moment& moment, const Arrival& arrival, const HeldInput& held) {
  v1::Suspended why;
  why.set_code("saga.unreadable_input");
  why.set_message(fmt::format("{} at position {} cannot be read: {}", arrival.ref.type(),
                              arrival.ref.position(), held.unreadable));
  why.set_hint("run a version that can, then `saga retry` handles it");
  *why.mutable_input() = arrival.ref;
  return suspend(moment, why);
}

/// Looks at the instance once: an input to handle goes before a command to send.
class DriveErrand final : public Errand {
 public:
  DriveErrand(const Coordinator::Parts& parts, std::string instance)
      : parts_(parts), instance_(std::move(instance)) {}

  bool poll() override {
    if (!chosen_) chosen_ = choose();
    return chosen_->poll();
  }
  [[nodiscard]] bool appended() const override { return chosen_ && chosen_->appended(); }

 private:
  std::unique_ptr<Errand> choose() {
    const auto folded = parts_.fold(instance_);
    const bool foreign =
        !folded.table_hash.empty() && folded.table_hash != parts_.model.table_hash();
    if (folded.pending.empty() && !foreign) {
      return std::make_unique<CommandErrand>(parts_, instance_);
    }
    return std::make_unique<JournalErrand>(parts_, instance_,
                                           [this](const Moment& moment) { return next(moment); });
  }

  std::optional<Record> next(const Moment& moment) {
    const auto& instance = moment.instance;
    if (instance.status != Status::running) return std::nullopt;
    if (auto foreign = foreign_table(moment, nullptr)) return foreign;
    if (instance.pending.empty()) return std::nullopt;
    HeldInput held;
    const auto arrival = arrive_pending(parts_, instance, held);
    if (!arrival) return std::nullopt;
    if (!held.unreadable.empty()) return unreadable_input(moment, *arrival, held);
    return handle_input(moment, *arrival);
  }

  const Coordinator::Parts& parts_;
  const std::string instance_;
  std::unique_ptr<Errand> chosen_;
};

}  // namespace

std::optional<Record> foreign_table(const Moment& moment, const v1::InputRef* input) {
  const auto& pinned = moment.instance.table_hash;
  if (pinned.empty() || pinned == moment.model.table_hash()) return std::nullopt;
  v1::Suspended why;
  why.set_code("saga.table_changed");
  why.set_message(fmt::format("the instance began with table {}, this application has table {}",
                              pinned, moment.model.table_hash()));
  why.set_hint("`saga retry` lets it go on with the new table");
  if (input != nullptr) *why.mutable_input() = *input;
  return suspend(moment, why);
}

std::unique_ptr<Errand> make_drive(const Coordinator::Parts& parts, std::string instance) {
  return std::make_unique<DriveErrand>(parts, std::move(instance));
}

}  // namespace tidemark::saga
