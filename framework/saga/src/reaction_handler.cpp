#include "tidemark/saga/reaction_handler.hpp"

#include <stdexcept>

#include "tidemark/saga/refused_commands.hpp"
#include "tidemark/saga/window.pb.h"
#include "tidemark/security/digest.hpp"

namespace tidemark::saga {
namespace detail {

void parse_or_throw(google::protobuf::Message& message, std::string_view bytes) {
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::runtime_error(message.GetDescriptor()->full_name() + " cannot be decoded");
  }
}

}  // namespace detail

ReactionHandler::ReactionHandler(const ReactionModel& model, Of inputs,
                                 command::Dispatcher& dispatcher)
    : model_(model), inputs_(inputs), lines_(dispatcher) {
  if (inputs == Of::windows) {
    types_.push_back(v1::WindowClosed::descriptor()->full_name());
    return;
  }
  types_.reserve(model.events().size());
  for (const auto* event : model.events()) types_.push_back(event->full_name());
}

std::vector<Outbox::Sent> ReactionHandler::react(const EventView& event) const {
  if (inputs_ == Of::events) return model_.react(event);
  v1::WindowClosed closed;
  detail::parse_or_throw(closed, event.data);
  return model_.react(ClosedRow{.projection = closed.projection(),
                                .row = closed.row(),
                                .previous = closed.has_previous() ? &closed.previous() : nullptr,
                                .revision = closed.revision(),
                                .window = {.start = UtcTime::from_micros(closed.window_start()),
                                           .end = UtcTime::from_micros(closed.window_end())}});
}

void ReactionHandler::handle(const feed::Delivery& delivery) {
  const auto& metadata = delivery.event.metadata;
  const auto sent = react(delivery.event);
  const auto input_id = to_string(metadata.event_id);
  for (std::size_t ordinal = 0; ordinal < sent.size(); ++ordinal) {
    command::CommandMessage message{.type = sent[ordinal].type, .data = sent[ordinal].data};
    message.options.id =
        CommandId(security::derive(metadata.event_id.uuid(), {"reaction", model_.spec().name,
                                                              input_id, std::to_string(ordinal)}));
    message.options.causation_id = input_id;
    message.options.event_time = metadata.event_time;
    message.options.correlation_id = metadata.correlation_id;
    message.options.traceparent = metadata.traceparent;
    message.options.tenant = metadata.tenant;
    lines_.add(std::move(message), places_.size());
  }
  places_.push_back(delivery.place);
}

feed::Place ReactionHandler::failed_place() const {
  return places_.empty() ? feed::Place() : places_.at(lines_.failed_origin());
}

void ReactionHandler::write(sql::Database& file) {
  write_refused(file, lines_.take_refused());
  places_.clear();
}

void ReactionHandler::forget() noexcept {
  lines_.clear();
  places_.clear();
}

}  // namespace tidemark::saga
