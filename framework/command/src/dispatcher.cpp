#include "tidemark/command/dispatcher.hpp"

#include "engine.hpp"
#include "pending_command.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::command {

Dispatcher::Dispatcher(store::EventStore& store, const Catalogue& catalogue,
                       const Deciders& deciders, const Clock& clock, Random& random,
                       DispatcherOptions options)
    : engine_(std::make_unique<Engine>(store, catalogue, deciders, clock, random, options)) {}

Dispatcher::~Dispatcher() = default;

PendingCommand Dispatcher::submit(CommandMessage command) {
  auto work = std::make_unique<PendingCommand::Work>(*engine_, std::move(command));
  work->start();
  return PendingCommand(std::move(work));
}

Result<Outcome, CommandError> Dispatcher::execute(CommandMessage command) {
  PendingCommand::Work work(*engine_, std::move(command));
  work.start();
  return work.finish();
}

Result<Outcome, CommandError> Dispatcher::execute(const google::protobuf::Message& command,
                                                  CommandOptions options) {
  return execute({.type = command.GetDescriptor()->full_name(),
                  .data = serialize(command),
                  .options = std::move(options)});
}

Result<DelayedCommand, CommandError> Dispatcher::schedule(CommandMessage command, UtcTime due) {
  TIDEMARK_ASSERT(!command.companions, "a delayed command goes without companions");
  auto stream = stream_of(command.type, command.data);
  if (!stream) return Unexpected(stream.error());
  const auto id = engine_->id_of(command.options);
  return engine_->delayed().schedule({.id = id,
                                      .type = std::move(command.type),
                                      .data = std::move(command.data),
                                      .options = std::move(command.options),
                                      .due = due,
                                      .stream = stream->name()});
}

Result<DelayedCommand, CommandError> Dispatcher::schedule(const google::protobuf::Message& command,
                                                          UtcTime due, CommandOptions options) {
  return schedule({.type = command.GetDescriptor()->full_name(),
                   .data = serialize(command),
                   .options = std::move(options)},
                  due);
}

Result<DelayedCommand, CommandError> Dispatcher::cancel(const CommandId& id,
                                                        const DelayedJournal::Verb& verb) {
  return engine_->delayed().cancel(id, verb);
}

std::optional<DelayedCommand> Dispatcher::find_delayed(const CommandId& id) const {
  return engine_->delayed().find(id);
}

Result<StreamId, CommandError> Dispatcher::stream_of(std::string_view type,
                                                     std::string_view data) const {
  auto addressed = engine_->address(type, data);
  if (!addressed) return Unexpected(addressed.error());
  return std::move(addressed->streams.front());
}

bool Dispatcher::is_safe(Position position) const {
  return position <= engine_->store.high_water();
}

bool Dispatcher::takes(std::string_view type) const { return engine_->route(type) != nullptr; }

}  // namespace tidemark::command
