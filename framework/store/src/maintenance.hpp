#pragma once

#include <mutex>

#include "log_reader.hpp"
#include "log_work.hpp"
#include "tidemark/store/sqlite_store.hpp"
#include "visibility.hpp"

namespace tidemark::store {

/// The upkeep of one open store, over a connection of its own: commits go on meanwhile.
class Maintenance {
 public:
  /// All references must outlive it.
  Maintenance(const SqliteStoreOptions& options, sqlite::Database database, LogQueue& queue,
              Visibility& visibility);

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
  LogQueue& queue_;
  Visibility& visibility_;
  std::mutex mutex_;
  LogReader reader_;                     // guarded by mutex_
  sqlite::CheckpointResult checkpoint_;  // guarded by mutex_: the last one
};

}  // namespace tidemark::store
