#pragma once

#include <string>

#include "tidemark/base/uuid.hpp"

namespace tidemark {

/// What surrounds one command. `decide` gets time, ids and randomness from here and nowhere else,
/// so that the same command decided twice on the same state gives the same events.
class Context {
 public:
  struct Facts {
    CommandId command_id = CommandId();
    UtcTime event_time = UtcTime();  ///< when what the command reports happened
    std::string correlation_id = {};
    std::string tenant = {};
  };

  explicit Context(Facts facts);

  [[nodiscard]] const CommandId& command_id() const { return facts_.command_id; }
  /// When what the command reports happened; the sender's word, or the time it was received.
  [[nodiscard]] UtcTime event_time() const { return facts_.event_time; }
  /// The conversation that the command belongs to; empty when it has none.
  [[nodiscard]] const std::string& correlation_id() const { return facts_.correlation_id; }
  [[nodiscard]] const std::string& tenant() const { return facts_.tenant; }

  /// The n-th id (from 0) that this command may use: always the same one for the same command.
  [[nodiscard]] Uuid id(std::uint64_t n) const;
  /// The n-th random number (from 0) of this command: always the same one for the same command.
  [[nodiscard]] std::uint64_t random(std::uint64_t n) const;

 private:
  Facts facts_;
};

}  // namespace tidemark
