#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "log_place.hpp"
#include "log_work.hpp"
#include "tidemark/store/visibility.hpp"

namespace tidemark::store {

/// Commits groups of work as one transaction each.
class LogCommitter {
 public:
  struct Options {
    const SqliteStoreOptions& store;
    const LogPlace& place;
    bool visible_when_committed = true;  ///< otherwise when maintenance has synced
  };
  /// `visibility` and what `options` refers to must outlive it.
  LogCommitter(sqlite::Database database, const Clock& clock, Visibility& visibility,
               const Options& options);

  /// All of the group is stored, or none of it when the log fails or the disk does. An item that
  /// cannot be applied fails alone: the others are applied again without it.
  void commit(std::span<const std::shared_ptr<LogWork>> group) noexcept;

  /// Makes the next commit move what is left in the WAL first, so that it can write the WAL from
  /// its start. Another connection alone gets there only when nobody writes meanwhile. From any
  /// thread.
  void finish_checkpoint() noexcept { checkpoint_wanted_ = true; }

 private:
  void bound_wal();
  using Group = std::span<const std::shared_ptr<LogWork>>;
  void run(Group group, LogWork*& at_work);

  const Options options_;
  Visibility& visibility_;
  LogWriter writer_;
  std::uint64_t wal_page_size_ = 0;      ///< a page with its header
  std::uint64_t next_checkpoint_bytes_;  ///< of the WAL
  std::atomic<bool> checkpoint_wanted_{false};
};

}  // namespace tidemark::store
