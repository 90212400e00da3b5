#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/command/outcome.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::command {

/// Streams of delayed commands are "$delayed-<command id>".
inline constexpr std::string_view delayed_category = "$delayed";

/// A command that is to run later, as the log tells it.
struct DelayedCommand {
  enum class State : std::uint8_t {
    waiting,    ///< for its time, or for the worker that runs it
    done,       ///< it ran; the outcome may be a rejection
    cancelled,  ///< it never will
    failed,     ///< it could not be carried out; waits for a person
  };
  CommandId id;
  std::string type;  ///< Protobuf full name
  std::string data;
  CommandOptions options;
  UtcTime due;
  State state = State::waiting;
  /// Where it went, or where it will go.
  std::string stream;
  Outcome::Kind kind = Outcome::Kind::nothing;  ///< of the outcome, when done
  Rejection rejection;                          ///< when that is one
  Problem problem;                              ///< when it failed
  std::string retried_by, retry_reason;         ///< of who had it tried again last
  StreamVersion version;                        ///< of its stream
};

std::string_view to_string(DelayedCommand::State state);

/// Folds the stream of one delayed command; none when there was never one of that id. Throws
/// `Failure` "command.unreadable_delay" when a newer version of the application wrote it.
std::optional<DelayedCommand> find_delayed(store::EventStore& store, const CommandId& id);

/// What the log holds of delayed commands: the truth, of which all lists are hints only. Each
/// action folds the command's stream and appends to it at the exact version. Safe from any thread.
class DelayedJournal {
 public:
  /// All references must outlive it.
  DelayedJournal(store::EventStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// As `find_delayed`.
  [[nodiscard]] std::optional<DelayedCommand> find(const CommandId& id) const {
    return find_delayed(store_, id);
  }

  /// Takes it in. Of an id that is known already nothing changes and the known one is answered;
  /// but one that failed is scheduled anew. Problems: "command.limit", "command.contended",
  /// "command.stream_deleted". Blocks for one append: for user threads.
  Result<DelayedCommand, CommandError> schedule(const DelayedCommand& command);
  /// Who changes what becomes of a command, and why.
  struct Verb {
    std::string by;
    std::string reason;
  };
  /// Sees to it that it does not run, unless it did. Problems: "command.not_scheduled",
  /// "command.has_run", "command.contended". Blocks as above.
  Result<DelayedCommand, CommandError> cancel(const CommandId& id, const Verb& verb = {});
  /// Has one that failed tried again, at once. Problems: "command.not_scheduled",
  /// "command.not_failed", "command.contended". Blocks as above.
  Result<DelayedCommand, CommandError> retry(const CommandId& id, const Verb& verb = {});

  /// The append that says what became of `command`: on its own, or its streams as companions.
  [[nodiscard]] store::Append settled(const DelayedCommand& command, const Outcome& outcome) const;
  [[nodiscard]] store::Append failed(const DelayedCommand& command,
                                     const CommandError& error) const;

 private:
  [[nodiscard]] store::Append append(const DelayedCommand& command,
                                     const google::protobuf::Message& record) const;
  /// Stores a record behind what was folded; none: somebody else was faster.
  std::optional<Result<DelayedCommand, CommandError>> add(const CommandId& id,
                                                          store::Append record);

  store::EventStore& store_;
  const Clock& clock_;
};

/// All types of their records, for catalogue and feeds.
std::vector<const google::protobuf::Descriptor*> delayed_types();

}  // namespace tidemark::command
