#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store_postgres {

/// How a store in PostgreSQL is opened.
struct PostgresStoreOptions {
  /// Where and as whom, as libpq reads it: keywords or a URI; the rest from libpq's usual places.
  /// Not through a pooler that gives a client another session for each transaction.
  std::string conninfo;
  std::string schema = "tidemark";  ///< a store is one schema; a database may hold several
  Micros busy_timeout = std::chrono::seconds(5);  ///< how long to wait for other writers
  Micros connect_timeout = std::chrono::seconds(10);
  Micros reply_timeout = std::chrono::seconds(30);  ///< how long the server may take to answer
  std::uint64_t events_max = 4096;                  ///< events in one append
  std::uint64_t data_size_max = 900 * 1024;         ///< bytes of data in one event
  std::uint64_t queue_max = 4096;                   ///< appends that may wait
  std::uint64_t group_max = 1024;                   ///< appends in one commit
  /// As `SqliteStoreOptions::gather_max`, among appends of this process: a commit takes a good part
  /// of a millisecond, however many it is for.
  Micros gather_max = std::chrono::microseconds(200);
  std::uint64_t readers_max = 16;  ///< as `SqliteStoreOptions::readers_max`
  /// Positions between the checkpoints that `maintain` issues; 0: it issues none.
  std::uint64_t checkpoint_every = 100'000;
  /// Signs checkpoints; made by `tidemark key create`. Empty: they are not signed.
  std::filesystem::path signing_key_file = {};
  /// Whose signatures `verify` looks at, beside that key's; the newest checkpoint must then have
  /// one of them.
  std::vector<std::string> verifier_keys = {};
  bool read_only = false;   ///< open what is there for reading only; `append` then fails
  bool must_exist = false;  ///< do not create the schema
  /// Of a new store, which is a copy; a schema that is another store is refused. None: a new one.
  std::optional<store::Identity> identity = {};
};

/// The engine for many processes on many machines: one schema of a PostgreSQL database. Every
/// process that opens it may append.
///
/// A connection that is lost is made again, with growing pauses, for as long as `busy_timeout`. An
/// append whose commit was cut off is looked up by its id before it is answered, so that it is
/// neither lost nor repeated; when the server stays away, it ends with `Failure` "store.connection"
/// (retryable: the same append id again tells).
class PostgresStore : public store::StoreEngine {
 public:
  /// Opens or creates. Throws `Failure`: "store.not_a_store", "store.newer_format",
  /// "store.missing", "store.connection", "store.access_denied", "store.encoding",
  /// "store.other_store", and what `security::read_key_file` throws. `clock` must outlive the
  /// store; `random` gives a new store its id.
  static std::unique_ptr<PostgresStore> open(const PostgresStoreOptions& options,
                                             const Clock& clock, Random& random);
};

}  // namespace tidemark::store_postgres
