#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "group_plan.hpp"
#include "log_facts.hpp"
#include "pending_append.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/store/visibility.hpp"

namespace tidemark::store {

/// Commits groups of appends as one transaction each, over a connection of its own.
///
/// First as a single statement, from what is remembered: it takes the lock, sees that the log is
/// where it was left, and stores: one round trip. Where somebody else committed meanwhile, or
/// something must be looked up, the lock is taken first, then everything is asked and decided under
/// it: two round trips, of which the second cannot lose a race.
///
/// A commit that was cut off is tried again the second way, which finds what was stored by the ids
/// of the appends. It is safe also when the server is still at the first try: whoever gets the lock
/// second finds that the log has moved on, or the appends stored.
///
/// One thread at a time.
class GroupCommitter {
 public:
  struct Options {
    postgres::ConnectOptions connect;
    Micros patience;  ///< for how long a connection is made again
    std::string channel;
  };
  /// `clock` and `visibility` must outlive it.
  GroupCommitter(Options options, const Clock& clock, Random& random, Visibility& visibility);

  using Group = std::span<const std::shared_ptr<PendingAppend>>;
  /// All of the group is answered, or each of its items fails with the same failure.
  void commit(Group group) noexcept;

 private:
  void settle(Group group);
  void attempt(Group group);
  bool commit_as_remembered(Group group);
  void commit_under_lock(Group group);
  [[nodiscard]] std::optional<LogFacts> remembered(Group group) const;
  bool pause_after(const Failure& failure, Micros deadline, Micros pause);
  postgres::Connection& connection();

  const Options options_;
  const Clock& clock_;
  SystemClock timer_;
  SeededRandom random_;
  Visibility& visibility_;
  std::optional<postgres::Connection> connection_;
  LogMemory memory_;
  bool others_write_ = false;  ///< somebody else committed since our last commit
};

}  // namespace tidemark::store
