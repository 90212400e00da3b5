#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

enum class Durability : std::uint8_t {
  full,    ///< an acknowledged append survives power loss
  normal,  ///< it survives a crash of the process; power loss may take the newest ones
};

/// How a SQLite store is opened.
struct SqliteStoreOptions {
  std::filesystem::path file;  ///< ":memory:" for a store that goes with its object
  Durability durability = Durability::full;
  Micros busy_timeout = std::chrono::seconds(5);  ///< how long to wait for another process's commit
  std::uint64_t events_max = 4096;                ///< events in one append
  std::uint64_t data_size_max = 900 * 1024;       ///< bytes of data in one event
  std::uint64_t queue_max = 4096;                 ///< appends that may wait
  std::uint64_t group_max = 1024;                 ///< appends in one commit
  std::uint64_t wal_soft_bytes = 16ULL << 20;     ///< `maintain` checkpoints a WAL larger than this
  std::uint64_t wal_hard_bytes = 256ULL << 20;    ///< a commit does it itself above this
  std::uint64_t readers_max = 64;                 ///< reads at the same time, nested ones too
  std::string vfs = {};                           ///< SQLite's VFS by name; empty: the system's
  bool read_only = false;   ///< open an existing file for reading only; `append` then fails
  bool must_exist = false;  ///< do not create the file
};

/// The first place where the log is not what it was.
struct Damage {
  Position position;
  std::string code;  ///< "verify.chain", "verify.gap", "verify.version", "verify.missing_data", …
  std::string message;  ///< what was found where
};

/// What `verify` looked at.
struct Verified {
  std::uint64_t events = 0;
  ChainHash head{};
  std::optional<Damage> damage;  ///< none: everything from the first event on is as it was written
};

/// Facts for `store info` and `store stats`.
struct StoreFacts {
  StoreId store_id;
  std::uint32_t format = 0;
  Durability durability = Durability::full;
  UtcTime created_at;
  std::uint64_t events = 0, streams = 0, types = 0;
  std::uint64_t appends = 0;  ///< only when asked for: a scan
  std::uint64_t file_bytes = 0, wal_bytes = 0;
  Position high_water;
  ChainHash head{};
  struct PerName {
    std::string name;
    std::uint64_t events = 0;
    std::uint64_t data_bytes = 0;
  };
  std::vector<PerName> per_type, per_category;  ///< only when asked for: a scan
};

/// The embedded engine: one SQLite file in WAL mode. Several processes may open the same file.
class SqliteStore : public EventStore {
 public:
  /// Opens or creates. Throws `Failure`: "store.not_a_store", "store.newer_format",
  /// "store.missing", "store.io", "store.busy". `clock` must outlive the store; `random` gives a
  /// new store its id.
  static std::unique_ptr<SqliteStore> open(const SqliteStoreOptions& options, const Clock& clock,
                                           Random& random);

  /// Reads the whole log (forward, from position 1) and checks positions, versions, envelope and
  /// chain. `progress` is called about every 100,000 events and stops the work by answering false.
  virtual Verified verify(
      const std::function<bool(std::uint64_t done, std::uint64_t total)>& progress) = 0;
  virtual StoreFacts facts(bool with_counts) = 0;

  /// One bounded round of upkeep, and whether it did something: syncs what `normal` has not, or
  /// checkpoints a WAL above `wal_soft_bytes`, or forgets expired answers; one of them in a call.
  /// Notices commits of other processes and calls the listeners for them. A worker calls it.
  virtual bool maintain() = 0;
};

}  // namespace tidemark::store
