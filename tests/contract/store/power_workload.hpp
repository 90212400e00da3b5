#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/sqlite/disk_operation.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// What is done to a store on a disk that records.
struct PowerWorkload {
  Durability durability = Durability::full;
  std::uint64_t seed = 1;
  std::uint64_t rounds = 60;  ///< of one append or a few each
};

/// One append or import of the workload. Moments are numbers of disk operations: what was done at
/// moment n came after the first n operations of the run.
struct PowerAppend {
  Append append;
  std::uint64_t begun = 0;
  std::uint64_t acknowledged = 0;
  std::optional<Appended> outcome = {};      ///< none: it was refused
  std::vector<ImportedEvent> imported = {};  ///< it is an import of these, with the append's id

  /// Hands it in.
  [[nodiscard]] Result<Appended, AppendError> hand_in(StoreEngine& store) const {
    return imported.empty() ? store.append(append)
                            : store.import({.id = append.id, .events = imported});
  }
};

/// What the store told of itself, see `told_state`, after it had been asked for something.
struct PowerTold {
  std::string state;
  std::uint64_t begun = 0;
  std::uint64_t acknowledged = 0;
  bool lasts = true;  ///< it may not be lost once it is acknowledged
};

/// A position that readers were shown.
struct PowerShown {
  Position high_water;
  std::uint64_t at = 0;
};

/// All that a workload did, and what the store had come to at its end.
struct PowerRun {
  PowerWorkload workload;
  std::vector<sqlite::DiskOperation> operations;
  std::vector<PowerAppend> appends;  ///< in the order of their commits
  std::vector<PowerTold> told;       ///< likewise; the first is of the empty store
  std::uint64_t changes = 0;         ///< of what is kept, that were not refused
  std::vector<PowerShown> shown;
  std::vector<ChainHash> chain;                                 ///< by position, from 0
  std::map<std::string, std::vector<std::uint64_t>> by_stream;  ///< positions of their events
  std::uint64_t wal_restarts = 0;  ///< how often the WAL was written from its start again
};

/// How the workload opens its store in files of that VFS.
SqliteStoreOptions power_options(const PowerWorkload& workload, const std::string& vfs);

/// When the workload ends, by the store's clock, at the latest.
UtcTime power_end();

/// Carries the workload out. The same workload gives the same run, but for SQLite's salts.
PowerRun run_workload(const PowerWorkload& workload);

}  // namespace tidemark::store
