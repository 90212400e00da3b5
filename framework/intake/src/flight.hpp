#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "answered_before.hpp"
#include "small_set.hpp"
#include "stored_before.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::intake {

/// A run of lines: what they came to, and how far the source is behind them.
struct Sheet {
  struct Place {
    std::uint32_t partition = 0;
    std::int64_t next = 0;
  };
  Counts counts;
  std::vector<Place> places;  ///< one of each partition, in no order
  std::uint64_t number = 0;   ///< of the last line, where the source counts them

  void take(const Line& line) {
    ++counts.lines;
    reach({.partition = line.partition, .next = line.next});
    number = line.number;
  }
  void reach(const Place& place);
};

/// What was handed to the store and to aggregates and has no answer yet, in the order of the
/// source. One thread at a time.
///
/// Facts of consecutive lines go in one append as long as that keeps their order. What failed is
/// handed in again, under the same id; what other threads commit meanwhile may then be before it.
class Flight {
 public:
  struct Surroundings {
    store::EventStore& store;
    command::Dispatcher& dispatcher;
    const Clock& clock;
    Random& random;
    StoredBefore& stored;
    AnsweredBefore& answered;
    bool any_failed = false;  ///< intake's file lists commands that failed
  };
  explicit Flight(const Surroundings& around) : around_(around), any_failed_(around.any_failed) {}

  /// A line that stores nothing; `became`: what it is counted as.
  void add(const Line& line, std::uint64_t Counts::* became);
  /// What a line says is stored once.
  struct Event {
    StreamId stream;
    NewEvent event;
    std::string mismatch;  ///< the reason; empty: it is a fact
  };
  void add(const Line& line, Event event);
  /// Whether this command to `stream` may go now.
  [[nodiscard]] bool is_free(const StreamId& stream, const CommandId& id) const {
    return !busy_.contains(stream) && !asked_.contains(id);
  }
  /// A line whose command, which has an id, goes to `stream`. Everything before it is handed in
  /// first.
  void add(const Line& line, std::string partition, command::CommandMessage message,
           const StreamId& stream);
  /// Hands in what was gathered. What the store throws shows at the next `poll`.
  void hand_in();

  /// Looks at everything under way; answers how many lines were settled in the order of the source.
  /// Throws what store and dispatcher throw: then the next call hands in again what failed.
  std::uint64_t poll();

  [[nodiscard]] bool empty() const { return entries_.empty() && !gathered_.used; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::uint64_t facts() const { return facts_; }
  /// Of the events under way, and of those gathered.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t commands() const { return busy_.size(); }

  /// What was settled since the last call.
  struct Settled {
    Sheet sheet;
    Position position;  ///< of the newest event that came of it; 0 when none did
    std::vector<RefusedCommand> refused;
    std::vector<CommandId> answered;  ///< all that have an outcome, if any ever failed
  };
  [[nodiscard]] Settled take_settled() { return std::exchange(settled_, {}); }

 private:
  struct Sent {
    command::CommandMessage message;
    StreamId stream;
    RefusedCommand facts;  ///< where its line stands, filled in when it is refused
    std::optional<command::PendingCommand> pending;
    std::optional<std::string> crash;  ///< what the user's code threw
    std::uint32_t times = 0;           ///< how often it was handed in
    Position before;                   ///< no event of it stands here or before
  };
  struct Entry {
    bool used = false;
    enum class State : std::uint8_t { waits, handed_in, done };
    State state = State::waits;
    Sheet sheet;
    std::optional<store::Append> append;
    bool of_facts = true;           ///< all of its events are, or none
    SmallSet<EventId> ids;          ///< of its events
    SmallSet<std::size_t> streams;  ///< hashes of their names: two that collide just do not share
    std::uint64_t bytes = 0;        ///< of its events
    std::uint64_t claimed = 0;      ///< of its events: stored by an earlier process
    std::optional<store::Ticket> ticket;
    std::optional<Sent> command;
    Position position;
    std::vector<RefusedCommand> refused;
    bool answered = false;  ///< the command has an outcome
  };

  [[nodiscard]] bool fits(const Event& event, std::size_t stream) const;
  void begin_append(bool of_facts);
  void enter(Entry entry);
  void submit(Entry& entry);
  void submit(Sent& sent);
  void hand_in_again();
  void look_at(Entry& entry);
  void look_at_append(Entry& entry);
  void look_at_command(Entry& entry);
  /// The outcome of a command, when it is known; what the user's code throws is one too.
  std::optional<Result<command::Outcome, command::CommandError>> outcome_of(Sent& sent);
  void count(Entry& entry, const command::Outcome& outcome);
  /// Whether a repeated answer is the first one all the same: given to this very line, to an
  /// earlier process or when a commit failed.
  bool is_first(const Sent& sent, const command::Outcome& outcome);
  void refuse(Entry& entry, RefusedCommand::Kind kind, const std::string& code,
              const std::string& detail);
  std::uint64_t settle_done();

  const Surroundings around_;
  Entry gathered_;
  std::deque<Entry> entries_;
  std::set<StreamId> busy_;    ///< a command to them is under way
  std::set<CommandId> asked_;  ///< commands under way
  std::uint64_t lines_ = 0;    ///< under way
  std::uint64_t facts_ = 0;    ///< under way; mismatches too
  std::uint64_t bytes_ = 0;
  std::uint64_t lines_done_ = 0;  ///< since this process began
  Position newest_;               ///< of all events that were answered
  bool waiting_ = false;          ///< some entry could not be handed in, so none behind it is
  bool any_failed_;
  Settled settled_;
};

}  // namespace tidemark::intake
