#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "log_committer.hpp"
#include "log_reader.hpp"
#include "log_work.hpp"
#include "side_writer.hpp"
#include "tidemark/store/sqlite_store.hpp"
#include "tidemark/store/visibility.hpp"

namespace tidemark::store {

/// The upkeep of one open store, over a connection of its own: commits go on meanwhile.
class Maintenance {
 public:
  /// All references must outlive it.
  struct Parts {
    const LogPlace& place;
    LogCommitter& committer;
    LogQueue& queue;
    Visibility& visibility;
    const Clock& clock;
    std::atomic<bool>& side_damaged;
  };
  Maintenance(const SqliteStoreOptions& options, sqlite::Database database, const Parts& parts);

  /// Keeps a side store from now on, if the options say so.
  void follow(const StoreId& store_id);

  /// One bounded piece of work, and whether there was any.
  bool round(UtcTime now);

  /// Makes everything that is committed now durable and visible, whoever committed it.
  void sync();

 private:
  bool sync_locked();
  bool checkpoint_locked();
  bool side_locked(UtcTime now);
  bool open_side();
  [[nodiscard]] bool has_expired_answers(UtcTime now);
  void forget_answers(UtcTime now);

  const SqliteStoreOptions& options_;
  const Parts parts_;
  std::mutex mutex_;
  LogReader reader_;                         // guarded by mutex_
  std::uint64_t next_checkpoint_bytes_ = 0;  // guarded by mutex_; of the WAL file
  Micros last_sync_{INT64_MIN / 2};          // guarded by mutex_; monotonic
  std::int64_t synced_version_ = 0;          // guarded by mutex_; of the file, as `reader_` sees it
  StoreId store_id_;
  std::optional<SideWriter> side_;  // guarded by mutex_; opened when it is first needed
  UtcTime side_rests_until_;        // guarded by mutex_
  bool side_failed_ = false;        // guarded by mutex_; when it was last tried
  Position side_seen_;              // guarded by mutex_; the end of the log at the last look
};

}  // namespace tidemark::store
