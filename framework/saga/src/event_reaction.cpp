#include "tidemark/saga/event_reaction.hpp"

#include <stdexcept>

#include "tidemark/security/digest.hpp"

namespace tidemark::saga {
namespace {

constexpr int refused_max = 10'000;

}  // namespace

namespace detail {

void parse_or_throw(google::protobuf::Message& message, std::string_view bytes) {
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::runtime_error(message.GetDescriptor()->full_name() + " cannot be decoded");
  }
}

}  // namespace detail

void create_reaction_tables(sqlite::Database& file) {
  file.execute(R"(
    CREATE TABLE IF NOT EXISTS refused(
      id INTEGER PRIMARY KEY, command_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
      stream TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL) STRICT;)");
}

void write_refused(sqlite::Database& file,
                   const std::vector<command::CommandLines::Refused>& refused) {
  for (const auto& command : refused) {
    file.statement(
            "INSERT OR IGNORE INTO refused(command_id, type, stream, code, detail) "
            "VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind_all(std::string_view(command.command_id), std::string_view(command.type),
                  std::string_view(command.stream), std::string_view(command.code),
                  std::string_view(command.detail))
        .run();
  }
  if (refused.empty()) return;
  file.statement("DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?1")
      .bind_all(refused_max)
      .run();
}

command::CommandMessage reaction_command(const ReactionModel& model, const Outbox::Sent& sent,
                                         const Uuid& parent, const std::string& input_id,
                                         std::size_t ordinal) {
  const auto number = std::to_string(ordinal);
  command::CommandMessage message{.type = sent.type, .data = sent.data};
  message.options.id =
      CommandId(security::derive(parent, {"reaction", model.spec().name, input_id, number}));
  message.options.causation_id = input_id;
  return message;
}

EventReaction::EventReaction(const ReactionModel& model, command::Dispatcher& dispatcher)
    : model_(model), lines_(dispatcher) {
  for (const auto* event : model.events()) types_.push_back(event->full_name());
}

void EventReaction::handle(const feed::Delivery& delivery) {
  const auto& metadata = delivery.event.metadata;
  const auto sent = model_.react(delivery.event);
  for (std::size_t ordinal = 0; ordinal < sent.size(); ++ordinal) {
    auto message = reaction_command(model_, sent[ordinal], metadata.event_id.uuid(),
                                    to_string(metadata.event_id), ordinal);
    message.options.event_time = metadata.event_time;
    message.options.correlation_id = metadata.correlation_id;
    message.options.tenant = metadata.tenant;
    lines_.add(std::move(message), places_.size());
  }
  places_.push_back(delivery.place);
}

feed::Place EventReaction::failed_place() const {
  return places_.empty() ? feed::Place() : places_.at(lines_.failed_origin());
}

void EventReaction::write(sqlite::Database& file) {
  write_refused(file, lines_.take_refused());
  places_.clear();
}

void EventReaction::forget() noexcept {
  lines_.clear();
  places_.clear();
}

}  // namespace tidemark::saga
