#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// How a SQLite store is opened.
struct SqliteStoreOptions {
  /// ":memory:" for a store that goes with its object. What belongs to a file lies beside it, also
  /// when it is named by a symbolic link.
  std::filesystem::path file;
  Durability durability = Durability::full;
  Micros busy_timeout = std::chrono::seconds(5);  ///< how long to wait for another process's commit
  std::uint64_t events_max = 4096;                ///< events in one append
  std::uint64_t data_size_max = 900 * 1024;       ///< bytes of data in one event
  std::uint64_t queue_max = 4096;                 ///< appends that may wait
  std::uint64_t group_max = 1024;                 ///< appends in one commit
  /// How long whoever commits may wait for others to come along, which makes commits larger: the
  /// most that it adds to an append. 0: it commits as soon as the disk is free.
  Micros gather_max{0};
  std::uint64_t wal_soft_bytes = 16ULL << 20;   ///< `maintain` checkpoints a WAL larger than this
  std::uint64_t wal_hard_bytes = 256ULL << 20;  ///< a commit does it itself above this
  /// Threads that read at the same time, with a connection each, and another one for a read within
  /// the visit of a read.
  std::uint64_t readers_max = 64;
  /// Under `normal`, the time between two syncs of `maintain`: so much later consumers see what was
  /// committed.
  Micros sync_interval = std::chrono::milliseconds(10);
  /// Whether `maintain` keeps a side store beside the file: it makes loads of long streams and
  /// reads by correlation id fast, and comes anew from the log when it is lost.
  bool side_store = true;
  /// Positions between the checkpoints that `maintain` issues; 0: it issues none.
  std::uint64_t checkpoint_every = 100'000;
  /// Signs checkpoints; made by `tidemark key create`. Empty: they are not signed.
  std::filesystem::path signing_key_file = {};
  /// Whose signatures `verify` looks at, beside that key's; the newest checkpoint must then have
  /// one of them.
  std::vector<std::string> verifier_keys = {};
  std::string vfs = {};     ///< SQLite's VFS by name; empty: the system's
  bool read_only = false;   ///< open an existing file for reading only; `append` then fails
  bool must_exist = false;  ///< do not create the file
  /// Of a new store, which is a copy; a file that is another store is refused. None: a new one.
  std::optional<Identity> identity = {};
};

/// The embedded engine: one SQLite file in WAL mode. Several processes may open the same file.
/// While it is open, that file and the -wal beside it stay where they are. When one was moved,
/// removed or replaced, whatever writes, `maintain` and reads that need another connection fail
/// with "store.moved": nothing is acknowledged. Reads by connections at hand go on with the file
/// that was.
class SqliteStore : public StoreEngine {
 public:
  /// Opens or creates. Throws `Failure`: "store.not_a_store", "store.newer_format",
  /// "store.missing", "store.io", "store.busy", "store.other_store", and what
  /// `security::read_key_file` throws. `clock` must outlive the store; `random` gives a new store
  /// its id.
  static std::unique_ptr<SqliteStore> open(const SqliteStoreOptions& options, const Clock& clock,
                                           Random& random);
};

}  // namespace tidemark::store
