#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>
#include "store_names.hpp"

#include "group_plan.hpp"
#include "log_facts.hpp"
#include "pending_append.hpp"
#include "seen_log.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::store_postgres {

/// Commits groups of appends as one transaction each, over a connection of its own.
///
/// While nobody else writes, as a single statement, from what is remembered: it stores at the
/// positions behind the last one remembered, and fails when another process has taken them: one
/// round trip, and no waiting but for who has the lock. Where others write too, that is taken
/// first, and with it come the events that they stored since: two round trips. Where something else
/// must be looked up, it is asked for under the lock as well. Nobody stores beside who has it.
///
/// The lock is given back before the commit is on disk, so that others need not wait for that; only
/// then does this one wait for it, and answer. Whatever builds on such a commit lies behind it in
/// the server's own log, and cannot be on disk without it.
///
/// A commit that was cut off is tried again under the lock, and finds what was stored by the ids
/// of the appends. It is safe also when the server is still at the first try: only one of the two
/// can have the next position.
///
/// One thread at a time.
class GroupCommitter {
 public:
  struct Options {
    postgres::ConnectOptions connect;
    Micros patience;  ///< for how long a connection is made again
    std::string channel;
  };
  /// `clock` and `seen` must outlive it.
  GroupCommitter(Options options, const Clock& clock, Random& random, SeenLog& seen);

  using Group = std::span<const std::shared_ptr<PendingAppend>>;
  /// All of the group is answered, or its items from one on fail with the same failure. What is too
  /// large for one transaction is committed as several.
  void commit(Group group) noexcept;

 private:
  void settle(Group group);
  void attempt(Group group);
  [[nodiscard]] bool is_alone() const { return timer_.monotonic() >= others_write_until_; }
  void note_others();
  bool take_news();
  bool commit_as_remembered(Group group);
  void commit_as_asked(Group group);
  [[nodiscard]] std::vector<postgres::Statement> beginning() const;
  void roll_back();
  [[nodiscard]] std::optional<LogFacts> remembered(Group group) const;
  bool store_if_unchanged(const GroupPlan& plan, std::int64_t revision);
  void store_under_lock(std::vector<postgres::Statement> changes);
  void conclude(const LogFacts& facts);
  /// Whether the last statement of a pipeline asks if somebody listens.
  enum class Telling : std::uint8_t { known, asked };
  Telling add_telling(std::vector<postgres::Statement>& statements);
  void finish_telling(Telling telling, const postgres::Rows& last);
  postgres::Connection& connection();
  void start_anew();

  const Options options_;
  const Clock& clock_;
  SystemClock timer_;
  SeededRandom random_;
  SeenLog& seen_;
  std::optional<postgres::Connection> connection_;
  LogMemory memory_;
  bool locked_ = false;  ///< a transaction is open that has the lock
  bool others_listen_ = false;
  Micros ask_at_{0};  ///< when to ask again whether they do
  /// Until when others are taken to write still: none of them knows who does not take the lock.
  Micros others_write_until_{0};
};

}  // namespace tidemark::store_postgres
