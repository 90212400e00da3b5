#pragma once

#include <map>
#include <optional>
#include <string>

#include "tool_context.hpp"

namespace tidemark::admin {

/// A verb that changes something, as it was asked for on the command line.
struct Change {
  std::string verb;   ///< "projection rebuild"
  std::string would;  ///< what it does, for --dry-run
  std::map<std::string, std::string> arguments;
  std::string by;
  std::string reason;
  std::string wait = "10s";
  bool dry_run = false;
  bool follow = false;  ///< of a build: stay until it is live

  /// An argument's value; empty when it was not given.
  [[nodiscard]] std::string argument(const std::string& name) const;
};

/// What is wrong with the reason, or with who asks, which are kept in the log.
std::optional<Problem> flaw_of_words(const Change& change);

/// Asks the running application for it and waits for the answer; takes the request back when none
/// comes in time. Answers with an exit code.
int make_change(ToolContext& context, const Change& change);

}  // namespace tidemark::admin
