#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/append.hpp"

namespace tidemark::command {

/// What became of a command.
struct Outcome {
  enum class Kind : std::uint8_t {
    accepted,  ///< its events are stored
    nothing,   ///< it was so already
    rejected,  ///< the business said no
  };
  Kind kind = Kind::nothing;
  StreamId stream;           ///< the aggregate's; of a joint decision the first one's
  StreamVersion version;     ///< of that stream after it; of a boundary 0 until it is stored
  Position position;         ///< of the last event stored; 0 when there is none
  std::uint32_t events = 0;  ///< how many were stored
  Rejection rejection = {};
  bool repeated = false;  ///< the command was known: this is what was answered the first time
};

/// What surrounds a command that is sent.
struct CommandOptions {
  /// The same id again is the same command and gets the first answer. None: a new id each time, and
  /// no answer is stored.
  std::optional<CommandId> id = {};
  /// When what it reports happened; none: now.
  std::optional<UtcTime> event_time = {};
  std::string correlation_id = {};  ///< none: the command's id
  std::string causation_id = {};    ///< none: the command's id
  /// W3C trace context, kept with the events; what is none is left out.
  std::string traceparent = {};
  std::string tenant = {};
};

/// A command as bytes: how it travels through a journal.
struct CommandMessage {
  std::string type;  ///< Protobuf full name
  std::string data;
  CommandOptions options = {};
  /// Writes that must be stored with the command's outcome, in the same append, whatever the
  /// outcome is. Called once per decision; its streams must not be the aggregate's. May be empty.
  std::function<std::vector<store::StreamWrite>(const Outcome&)> companions = {};
};

/// Why there is no outcome that the caller could have.
///
/// Codes: "command.unknown_type" (no aggregate takes it), "command.bad_bytes", "command.bad_stream"
/// (its id cannot name a stream), "command.contended" (lost the race too often),
/// "command.companion_conflict" (a companion's stream was not as expected), "command.foreign_event"
/// (the decision emitted an event the aggregate does not name), "command.unaddressed_event" (that
/// of a joint decision does not say which aggregate it goes to), "command.foreign_stream" (it went
/// to one that the command was not decided on), "command.crashed" (the aggregate's own code threw),
/// "command.unreadable_history", "command.limit", "command.stream_deleted" (somebody deleted it for
/// ever).
using CommandError = Problem;

}  // namespace tidemark::command
