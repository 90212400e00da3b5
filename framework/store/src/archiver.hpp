#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "archive_build.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/store/archive.hpp"
#include "tidemark/store/life_cycle.hpp"

namespace tidemark::store {

/// Moves old events from the log into cold files, and makes such a file anew when data in it have
/// to go.
///
/// A file is written whole and synced before one transaction names it; from then on readers take
/// its events from there, and what is left of them in the log goes in small steps. A file that was
/// replaced goes when no reader can know it any more. What broke off is cleared away.
///
/// Safe from any thread, with a reader for each: one does the work, for another there is always
/// more to do. Appends wait for its short transactions only.
class Archiver {
 public:
  /// Runs a task in a write transaction, as `SqliteStoreEngine::run`.
  using Run = std::function<void(std::function<void(LogWriter&)>)>;
  /// `log`: any connection, to see what an earlier process left.
  Archiver(const StoreId& store, sqlite::Database& log, Run run);

  /// As `SqliteStore::archive`; `end` is the high-water mark.
  Result<Archived, LifeCycleError> archive(LogReader& log, const ArchiveRequest& request,
                                           Position end);
  /// The part of compaction that is about cold files: its next piece, added to `done`.
  void erase(LogReader& log, Compacted& done);
  /// The next piece of clearing away, and whether there was any.
  bool tidy(LogReader& log);

 private:
  class Turn;
  /// What is to be archived next.
  struct Plan {
    std::optional<Archive> next;
    bool forced = false;
  };
  static Result<Plan, LifeCycleError> plan(LogReader& log, const ArchiveRequest& request,
                                           Position end);
  void erase_piece(LogReader& log, Compacted& done);
  void begin(LogReader& log, const Archive& stretch, const Archive* replaces);
  std::optional<ArchiveBuild> build(LogReader& log);
  bool purge(LogReader& log);
  enum class Removal : std::uint8_t { none, removed, waits };
  Removal remove_file(LogReader& log);
  template <typename Value>
  Value ask(std::function<Value(LogWriter&)> task);

  const StoreId store_;
  const Run run_;
  std::atomic<bool> busy_{false};  ///< whoever set it may use what follows
  std::optional<ArchiveBuild> build_;
  std::uint64_t erased_events_ = 0, erased_bytes_ = 0;  ///< `compact` did not tell of them yet
  std::int64_t left_over_;  ///< what is still being written with a number up to this never ends
  /// A number that was to be reserved when patience ended: it may have been all the same. Tasks run
  /// in order, so that the next one knows.
  bool is_unsure_ = false;
  std::int64_t tidied_ = -1;  ///< the last change behind which there was nothing to clear away
};

}  // namespace tidemark::store
