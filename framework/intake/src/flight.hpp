#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tidemark/command/dispatcher.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::intake {

/// A run of lines: what they came to, and how far the source is behind them.
struct Sheet {
  Counts counts;
  std::map<std::uint32_t, std::int64_t> next;  ///< by partition

  void take(const Line& line) {
    ++counts.lines;
    next[line.partition] = line.next;
  }
};

/// Events that an earlier process stored for lines that it did not live to remember: found again,
/// they are no repetitions.
class Leftovers {
 public:
  /// Looks at what the log has behind `position`. Beyond two million events it does not look: then
  /// such lines count as repeated.
  Leftovers(store::EventStore& store, Position position);
  /// Whether it is one of them; true once for each.
  bool claim(const EventId& event) { return !events_.empty() && events_.erase(event) > 0; }
  /// The same for the events of a command.
  bool claim(const CommandId& command, Position position);

 private:
  const Position from_;
  const Position to_;
  std::set<EventId> events_;
  std::set<CommandId> commands_;  ///< claimed
};

/// What was handed to the store and to aggregates and has no answer yet, in the order of the
/// source. One thread at a time.
///
/// Facts of consecutive lines go in one append as long as that keeps their order; the same append
/// is handed in again, under the same id, when a commit failed.
class Flight {
 public:
  Flight(store::EventStore& store, command::Dispatcher& dispatcher, const Clock& clock,
         Random& random);

  /// A line that stores nothing.
  void add(const Line& line, const Counts& counts);
  /// A line whose event is stored once; `is_fact`: counted as one.
  void add(const Line& line, const StreamId& stream, NewEvent event, Counts counts, bool is_fact,
           Leftovers& leftovers);
  /// Whether a command to `stream` may go now.
  [[nodiscard]] bool is_free(const StreamId& stream) const { return !busy_.contains(stream); }
  /// A line whose command goes to `stream`. Everything before it is handed in first.
  void add(const Line& line, std::string partition, command::CommandMessage message,
           const StreamId& stream);
  /// Hands in what was gathered.
  void hand_in();

  /// Looks at everything under way; answers how many lines were settled in the order of the source.
  /// Throws what the store throws: then the next call hands everything in again.
  std::uint64_t poll(Leftovers& leftovers);

  [[nodiscard]] bool empty() const { return entries_.empty() && !gathered_.used; }
  [[nodiscard]] std::uint64_t facts() const { return facts_; }
  [[nodiscard]] std::uint64_t commands() const { return busy_.size(); }

  /// What was settled since the last call.
  struct Settled {
    Sheet sheet;
    Position position;  ///< of the newest event that came of it; 0 when none did
    std::vector<RefusedCommand> refused;
  };
  [[nodiscard]] Settled take_settled() { return std::exchange(settled_, {}); }

 private:
  struct Sent {
    command::CommandMessage message;
    StreamId stream;
    RefusedCommand facts;  ///< where its line stands, filled in when it is refused
    std::optional<command::PendingCommand> pending;
    std::optional<std::string> crash;  ///< what the user's code threw
  };
  struct Entry {
    bool used = false;
    Sheet sheet;
    std::optional<store::Append> append;
    std::set<EventId> ids;
    std::set<StreamId> streams;
    std::uint64_t facts = 0;    ///< of its events; the others are mismatches
    std::uint64_t claimed = 0;  ///< of its events: stored by an earlier process
    std::optional<store::Ticket> ticket;
    std::optional<Sent> command;
    bool done = false;
    Position position;
    std::vector<RefusedCommand> refused;
  };

  void submit(Entry& entry);
  void submit(Sent& command);
  bool look_at(Entry& entry, Leftovers& leftovers);
  bool look_at_command(Entry& entry, Leftovers& leftovers);
  /// The outcome of a command, when it is known; what the user's code throws is one too.
  std::optional<Result<command::Outcome, command::CommandError>> outcome_of(Sent& sent);
  void settle(Entry& entry);

  store::EventStore& store_;
  command::Dispatcher& dispatcher_;
  const Clock& clock_;
  Random& random_;
  Entry gathered_;
  std::deque<Entry> entries_;
  std::set<StreamId> busy_;  ///< a command to them is under way
  std::uint64_t facts_ = 0;  ///< under way
  bool again_ = false;       ///< a commit failed: everything is to be handed in again
  Settled settled_;
};

}  // namespace tidemark::intake
