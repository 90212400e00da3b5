#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "state_cache.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::command {

/// Who takes a command type.
struct Route {
  const AggregateModel* model = nullptr;
  AggregateModel::CommandType command;
};

/// What all commands of one dispatcher share.
struct Dispatcher::Engine {
  Engine(store::EventStore& store, const Catalogue& catalogue,
         const std::vector<const AggregateModel*>& aggregates, const Clock& clock, Random& random,
         DispatcherOptions options);

  [[nodiscard]] const Route* route(std::string_view type) const;
  /// A command with its message and its stream.
  struct Addressed {
    const Route* route = nullptr;
    std::unique_ptr<google::protobuf::Message> message;
    StreamId stream;
  };
  [[nodiscard]] Result<Addressed, CommandError> address(std::string_view type,
                                                        std::string_view data) const;
  /// The newest state of `stream`, from the cache, a snapshot and the log. Throws `Failure`
  /// "command.unreadable_history" when the log holds what the aggregate cannot read.
  Loaded load(const AggregateModel& model, const StreamId& stream);
  /// Events of one stream that an append stored.
  struct Stored {
    StreamId stream;
    StreamVersion from;  ///< the version before them
    Position last;       ///< of the last one
  };
  /// Takes note of them.
  void advance(const Route& route, const Stored& stored, const Decision::Events& events);

  /// The command's id, or a new one.
  [[nodiscard]] CommandId id_of(const CommandOptions& command) const {
    return command.id ? *command.id : CommandId(Uuid::version7(clock.now(), random));
  }
  [[nodiscard]] DelayedJournal delayed() const { return {store, clock}; }

  store::EventStore& store;
  const Catalogue& catalogue;
  const Clock& clock;
  Random& random;
  const DispatcherOptions options;
  std::map<std::string, Route, std::less<>> routes;
  std::map<std::string, std::uint32_t, std::less<>>
      schemas;  ///< event type → version in the catalogue
  StateCache states;
  runtime::Wakeup nobody;  ///< never notified: for waiting between attempts

 private:
  [[nodiscard]] Loaded newest_snapshot(const AggregateModel& model, const StreamId& stream,
                                       const store::StreamState& now);
  [[nodiscard]] bool has_snapshots(const AggregateModel& model) const;
  void save_snapshot(const AggregateModel& model, const StreamId& stream, Loaded& loaded);
  void read_on(const AggregateModel& model, const StreamId& stream, Loaded& loaded);
};

}  // namespace tidemark::command
