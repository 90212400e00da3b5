#pragma once

#include <tidemark/saga/journal.pb.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark::saga {

enum class Status : std::uint8_t { running, paused, suspended, finished, cancelled };

std::string_view to_string(Status status);

/// A command that a saga sent and that has no outcome yet.
struct OpenCommand {
  v1::OutgoingCommand command;
  StreamVersion record;  ///< the record that sent it
  std::string correlation_id;
  std::string record_event_id;  ///< causes the command
};

/// A transition whose commands may be taken back.
struct Step {
  StreamVersion record;
  std::string row;
  std::uint32_t accepted = 0;  ///< how many of its commands were accepted
  bool undone = false;         ///< they were taken back
};

/// A command whose outcome waits to be handled as an input.
struct SettledCommand {
  std::string type;
  std::string data;
  Rejection rejection;
};

/// What the journal of one saga instance adds up to. A value made by folding; pure.
class Instance {
 public:
  /// Takes in the next record of the journal. False: it is of a type or form that this version of
  /// the framework does not know.
  bool apply(const EventView& record);

  StreamVersion version;   ///< of the journal; 0: there is no instance
  std::string state;       ///< by name; empty before the first transition
  std::string data;        ///< the saga's data, serialised
  std::string table_hash;  ///< what the instance is pinned to
  Status status = Status::running;
  std::optional<v1::Suspended> suspension;
  std::deque<v1::InputRef> pending;  ///< inputs to be handled, in order, when it can go on
  std::deque<OpenCommand> commands;  ///< in the order in which they must go out
  std::vector<v1::ArmedTimer> timers;
  std::vector<Step> steps;                        ///< oldest first
  std::map<std::string, SettledCommand> settled;  ///< by command id, as long as it is pending
  std::set<std::string> inputs;                   ///< ids of inputs that were handled or deferred
  UtcTime started_at;                             ///< recorded_at of the first record
  UtcTime updated_at;                             ///< recorded_at of the newest
  std::string correlation_id;                     ///< of the newest record that has one

 private:
  void apply_transition(const v1::Transitioned& record, const EventView& event);
  void apply_settled(const v1::CommandSettled& record, const EventView& event);
  void apply_resumed(const v1::Resumed& record);
};

/// The key of an input among `Instance::inputs`, also the seed of the ids that follow from it.
std::string input_key(const v1::InputRef& input);

/// The journal's stream of an instance; `Failure` "stream.bad_name" for an id that cannot name one.
StreamId journal_stream(std::string_view saga, std::string_view instance);

/// The categories of journals start so.
inline constexpr std::string_view journal_prefix = "saga.";

}  // namespace tidemark::saga
