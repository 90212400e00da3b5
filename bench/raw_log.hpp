#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "bench/event_input.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace bench {

/// What a raw log has beyond the events with their two unique indexes, and how it commits.
struct RawOptions {
  std::filesystem::path file;
  bool synced = true;          ///< each commit; false: at checkpoints only
  bool appends_table = false;  ///< the log's table of append ids with their outcomes
  bool hash_chain = false;     ///< computes what stands in `chain`, instead of copying bytes
};

struct CloseRaw {
  void operator()(sqlite3* database) const;
  void operator()(sqlite3_stmt* statement) const;
};
using RawDatabase = std::unique_ptr<sqlite3, CloseRaw>;
using RawStatement = std::unique_ptr<sqlite3_stmt, CloseRaw>;

/// Opens as every connection of a raw log is: 16 MiB of cache, no automatic checkpoints.
RawDatabase open_raw(const std::filesystem::path& file, bool synced);
RawStatement prepare_raw(sqlite3& database, const char* sql);

/// The yardstick: what a C program would do with SQLite itself. The rows of the log's `events`
/// table, prepared statements, streams in a table in memory, and nothing allocated for an event.
///
/// One thread at a time, but for `upkeep`, which is another thread's.
class RawLog {
 public:
  explicit RawLog(const RawOptions& options);
  RawLog(const RawLog&) = delete;
  RawLog& operator=(const RawLog&) = delete;
  ~RawLog();

  /// The version that `stream` is at, as a writer would know it.
  [[nodiscard]] std::int64_t version(std::uint32_t stream) const;

  /// One event, in a commit of its own; false when the stream is not at `expected`.
  bool append(const Input& input, std::int64_t expected);
  /// Several events in one commit, each at the version that its stream has come to.
  void append(std::span<const Input> inputs);

  // The parts of a group's commit.
  void begin();
  bool insert(const Input& input, std::int64_t expected);
  void commit();

  /// Moves the WAL to the file when it is larger than the log would let it be; whether it did.
  bool upkeep();

 private:
  struct Streams;
  void record_append(const Input& input, std::int64_t version);
  void compute_chain(const Input& input);

  const RawOptions options_;
  RawDatabase database_;
  RawDatabase checkpointer_;
  RawStatement begin_;
  RawStatement commit_;
  RawStatement insert_;
  RawStatement insert_append_;
  std::unique_ptr<Streams> streams_;
  std::int64_t position_ = 0;
  std::array<unsigned char, 32> chain_{};
  std::atomic<int> wal_pages_{0};
  std::atomic<bool> checkpoint_wanted_{false};
  int next_checkpoint_pages_ = 0;
};

}  // namespace bench
