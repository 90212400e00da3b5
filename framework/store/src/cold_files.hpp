#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/event_store.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// A stretch of the log that lies in a cold file, as a row of `archives` says.
struct Archive {
  /// Of `archives.state`. `writing`: nobody reads it yet; `given_up`: nobody reads it any more.
  enum class State : std::uint8_t { writing = 0, in_use = 1, given_up = 2 };

  std::int64_t number = 0;
  std::uint64_t first = 0, last = 0;  ///< positions
  std::string file;                   ///< its name, beside the log
  ChainHash chain{};                  ///< of the log at `last`
  /// The least and the greatest id in it that grow with time; none: it has no such.
  std::optional<EventId> id_least = {}, id_greatest = {};
  UtcTime recorded_first, recorded_last;
  std::uint64_t told = 0;   ///< appends of which nothing but their events tells
  std::uint64_t bytes = 0;  ///< of the file

  /// Whether an id that grows with time may be in it.
  [[nodiscard]] bool may_hold(const EventId& id) const {
    return id_least && *id_least <= id && id <= *id_greatest;
  }
};

/// Whether a failure is that of a cold file that cannot be opened: nothing else is wrong.
bool is_of_cold_file(const Failure& failure);

/// Whether it is of version 7, and grows with time. For others the log has `archived_ids`.
bool is_by_time(const EventId& id);

/// Those in use, by position: from 1 on without gaps.
std::vector<Archive> read_archives(sqlite::Database& log);

/// The cold files of one log, which lie beside it: makes, opens and removes them. Safe from any
/// thread.
class ColdFiles {
 public:
  explicit ColdFiles(const SqliteStoreOptions& options);

  /// The name of the file for an archive of that number.
  [[nodiscard]] std::string name_of(const Archive& archive) const;
  [[nodiscard]] bool exists(const std::string& name) const;

  /// An empty file to be filled. Its commits are not synced until `finish`.
  [[nodiscard]] sqlite::Database create(const std::string& name) const;
  /// Says in the file whose it is and what is in it, and makes all of it survive power loss.
  /// Returns its size in bytes.
  static std::uint64_t finish(sqlite::Database& database, const StoreId& store,
                              const Archive& archive);
  /// Removes the file, and what a symbolic link in its place points to.
  void remove(const std::string& name) const;

  /// Opens the file for reading. Throws `Failure`: "store.cold_missing" (it is not there),
  /// "store.cold_foreign" (something else is in its place), "store.cold_damaged" (it is not as
  /// long as it was).
  [[nodiscard]] sqlite::Database open(const Archive& archive, const StoreId& store) const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const;

  std::filesystem::path log_;
  std::string vfs_;
  Micros busy_timeout_;
};

}  // namespace tidemark::store
