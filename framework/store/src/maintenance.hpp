#pragma once

#include <mutex>

#include "log_committer.hpp"
#include "log_reader.hpp"
#include "log_work.hpp"
#include "tidemark/store/sqlite_store.hpp"
#include "visibility.hpp"

namespace tidemark::store {

/// The upkeep of one open store, over a connection of its own: commits go on meanwhile.
class Maintenance {
 public:
  /// All references must outlive it.
  struct Parts {
    LogCommitter& committer;
    LogQueue& queue;
    Visibility& visibility;
  };
  Maintenance(const SqliteStoreOptions& options, sqlite::Database database, const Parts& parts);

  /// One bounded piece of work, and whether there was any.
  bool round(UtcTime now);

  /// Makes everything that is committed now durable and visible; whether there was any.
  bool sync();

 private:
  bool sync_locked();
  bool checkpoint_locked();
  [[nodiscard]] bool has_expired_answers(UtcTime now);
  void forget_answers(UtcTime now);

  const SqliteStoreOptions& options_;
  const Parts parts_;
  std::mutex mutex_;
  LogReader reader_;                         // guarded by mutex_
  std::uint64_t next_checkpoint_bytes_ = 0;  // guarded by mutex_; of the WAL file
};

}  // namespace tidemark::store
