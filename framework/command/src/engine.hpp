#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "state_cache.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/runtime/wakeup.hpp"

namespace tidemark::command {

/// Who takes a command type: an aggregate, a boundary, or a joint decision.
struct Route {
  const AggregateModel* model = nullptr;  ///< none for a joint decision
  AggregateModel::CommandType command = {};
  const JointModel* joint = nullptr;
  JointModel::CommandType joint_command = {};

  [[nodiscard]] bool is_boundary() const { return command.criteria != nullptr; }
};

/// A stream that a command is decided on, or that its events go to.
struct Target {
  StreamId stream;
  const AggregateModel* model = nullptr;  ///< who reads the stream
  store::ExpectedState expected = store::ExpectedState::any();
};

/// What a command was decided on, and what was decided.
struct Decided {
  Decision decision;
  std::vector<Target> targets;  ///< each stream once; the first is the command's own
  std::optional<store::AppendCondition> condition = {};  ///< of a boundary
};

/// What all commands of one dispatcher share.
struct Dispatcher::Engine {
  Engine(store::EventStore& store, const Catalogue& catalogue, const Deciders& deciders,
         const Clock& clock, Random& random, DispatcherOptions options);

  [[nodiscard]] const Route* route(std::string_view type) const;
  /// Who reads the streams of this category; null when nobody does.
  [[nodiscard]] const AggregateModel* model_of(std::string_view category) const;
  /// A command with its message and its streams.
  struct AddressedCommand {
    const Route* route = nullptr;
    std::unique_ptr<google::protobuf::Message> message = {};
    std::vector<StreamId> streams = {};  ///< at least one
  };
  [[nodiscard]] Result<AddressedCommand, CommandError> address(std::string_view type,
                                                               std::string_view data) const;
  /// Decides on the newest states. Throws `Failure` "command.unreadable_history" when the log holds
  /// what an aggregate cannot read, and what the aggregate's own code throws.
  Decided decide(const AddressedCommand& command, const Context& context);
  /// The newest state of `stream`, from the cache, a snapshot and the log. Throws as `decide`.
  Loaded load(const AggregateModel& model, const StreamId& stream);
  /// Events of one stream that an append stored.
  struct Stored {
    StreamId stream;
    StreamVersion from;  ///< the version before them
    Position last;       ///< of the last one
  };
  /// Takes note of them.
  void advance(const AggregateModel& model, const Stored& stored,
               const std::vector<const google::protobuf::Message*>& events);

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
  std::map<std::string, const AggregateModel*, std::less<>> models;  ///< by category
  StateCache states;
  runtime::Wakeup nobody;  ///< never notified: for waiting between attempts

 private:
  [[nodiscard]] Loaded newest_snapshot(const AggregateModel& model, const StreamId& stream,
                                       const store::StreamState& now);
  [[nodiscard]] bool has_snapshots(const AggregateModel& model) const;
  void save_snapshot(const AggregateModel& model, const StreamId& stream, Loaded& loaded);
  void read_on(const StreamId& stream, Loaded& loaded);
  /// Applies a stored event; `buffer` may hold its newer form.
  void fold(const EventView& event, AggregateState& state, std::string& buffer) const;
  void add(const Route& route, const google::protobuf::Descriptor& command);
  void add_events(const AggregateModel& model);
  void check_wired(const AggregateModel& model) const;
  [[nodiscard]] Decided decide_jointly(const AddressedCommand& command, const Context& context);
  [[nodiscard]] Decided decide_in_boundary(const AddressedCommand& command, const Context& context);
};

}  // namespace tidemark::command
