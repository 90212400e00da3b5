#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/command/aggregate_model.hpp"
#include "tidemark/command/delayed_journal.hpp"
#include "tidemark/command/joint_model.hpp"
#include "tidemark/command/outcome.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::command {

/// Who takes commands; all models must outlive the dispatcher.
struct Deciders {
  // NOLINTNEXTLINE(google-explicit-constructor): most have aggregates only, and that says it all
  Deciders(std::initializer_list<const AggregateModel*> aggregates_in)
      : aggregates(aggregates_in) {}
  Deciders(std::vector<const AggregateModel*> aggregates_in,  // NOLINT(*-explicit-*): as above
           std::vector<const JointModel*> joint_in = {})
      : aggregates(std::move(aggregates_in)), joint(std::move(joint_in)) {}

  std::vector<const AggregateModel*> aggregates;  ///< and boundaries
  std::vector<const JointModel*> joint;
};

struct DispatcherOptions {
  std::uint32_t attempts_max = 16;  ///< decisions of one command before "command.contended"
  Micros backoff_first = std::chrono::milliseconds(1);
  Micros backoff_max = std::chrono::milliseconds(50);
  Micros answer_ttl = std::chrono::hours(24 * 7);  ///< how long answers to keyed commands are kept
  std::size_t cached_states_max = 10'000;          ///< aggregates kept in memory
  // A snapshot is taken when one of the two is reached; 0: that one never is.
  std::uint64_t snapshot_every = 500;            ///< events since the last one
  std::uint64_t snapshot_bytes = 256ULL * 1024;  ///< bytes of the events' data since the last one
};

class Dispatcher;

/// A command on its way. One thread at a time; the dispatcher must outlive it.
class PendingCommand {
 public:
  PendingCommand(PendingCommand&&) noexcept;
  PendingCommand& operator=(PendingCommand&&) noexcept;
  ~PendingCommand();
  /// The outcome when it is known. Never waits for another thread; may commit what waits in the
  /// store. After a conflict it decides again. Throws `Failure` "store.*".
  std::optional<Result<Outcome, CommandError>> poll();

 private:
  friend class Dispatcher;
  struct Work;
  explicit PendingCommand(std::unique_ptr<Work> work);
  std::unique_ptr<Work> work_;
};

/// Takes commands to their aggregates: load, decide, append, and again when somebody else was
/// faster.
///
/// One command is one atomic append at the exact versions that it was decided on, or, for a
/// boundary, while nothing else that meets its criteria is stored. A keyed command
/// (one with an id) has one outcome for ever: sent again, also by another process, it gets the
/// first answer, rejections too. Its events' ids follow from the command's id. Safe from any
/// thread.
class Dispatcher {
 public:
  /// All references must outlive it. Throws `Failure`: "command.taken_twice" for a command type
  /// that two take, "command.category_taken" for two aggregates of one category,
  /// "command.not_wired" for a joint decision on an aggregate that is none of them,
  /// "schema.bad_tag".
  Dispatcher(store::EventStore& store, const Catalogue& catalogue, const Deciders& deciders,
             const Clock& clock, Random& random, DispatcherOptions options = {});
  ~Dispatcher();

  /// Starts a command and returns at once.
  [[nodiscard]] PendingCommand submit(CommandMessage command);
  /// Runs a command to its outcome. Blocks for the store's busy timeout and one commit a try, and
  /// for the backoff between tries (at most `attempts_max` times `backoff_max`): for user threads.
  Result<Outcome, CommandError> execute(CommandMessage command);
  Result<Outcome, CommandError> execute(const google::protobuf::Message& command,
                                        CommandOptions options = {});

  /// Has a command run at `due` or soon after, by the worker for delayed commands. Durable when it
  /// returns: it runs once, across restarts too, as the keyed command of its id (without one it
  /// gets one). Of an id that was scheduled before nothing changes and that one is answered; but
  /// one that failed is scheduled anew. Without `event_time` its events have the time it runs.
  /// Problems: as of `stream_of` and `DelayedJournal::schedule`. A command with companions is a
  /// programming error. Blocks for one append: for user threads.
  Result<DelayedCommand, CommandError> schedule(CommandMessage command, UtcTime due);
  Result<DelayedCommand, CommandError> schedule(const google::protobuf::Message& command,
                                                UtcTime due, CommandOptions options = {});
  /// Takes a delayed command back, unless it ran: see `DelayedJournal::cancel`.
  Result<DelayedCommand, CommandError> cancel(const CommandId& id,
                                              const DelayedJournal::Verb& verb = {});
  /// What became of a delayed command; none when there was never one of that id.
  [[nodiscard]] std::optional<DelayedCommand> find_delayed(const CommandId& id) const;

  /// The stream that a command goes to. Problems: "command.unknown_type", "command.bad_bytes",
  /// "command.bad_stream".
  [[nodiscard]] Result<StreamId, CommandError> stream_of(std::string_view type,
                                                         std::string_view data) const;
  /// Whether some aggregate takes commands of this type.
  [[nodiscard]] bool takes(std::string_view type) const;
  /// Whether what is stored up to there survives all that the store's durability promises to
  /// survive: only then may it be noted elsewhere as done.
  [[nodiscard]] bool is_safe(Position position) const;

  struct Engine;  ///< private; named so that pending commands can reach it

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::command
