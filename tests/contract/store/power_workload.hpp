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

/// One append of the workload. Moments are numbers of disk operations: what was done at moment n
/// came after the first n operations of the run.
struct PowerAppend {
  Append append;
  std::uint64_t begun = 0;
  std::uint64_t acknowledged = 0;
  std::optional<Appended> outcome = {};  ///< none: it was refused
};

/// A property that was set.
struct PowerProperty {
  std::string value;
  std::uint64_t begun = 0;
  std::uint64_t acknowledged = 0;
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
  std::vector<PowerProperty> properties;
  std::vector<PowerShown> shown;
  std::vector<ChainHash> chain;                                 ///< by position, from 0
  std::map<std::string, std::vector<std::uint64_t>> by_stream;  ///< positions of their events
  std::uint64_t wal_restarts = 0;  ///< how often the WAL was written from its start again
};

/// Name of the property that the workload sets.
inline constexpr const char* power_property = "manifest";

/// How the workload opens its store in files of that VFS.
SqliteStoreOptions power_options(const PowerWorkload& workload, const std::string& vfs);

/// When the workload ends, by the store's clock, at the latest.
UtcTime power_end();

/// Carries the workload out. The same workload gives the same run, but for SQLite's salts.
PowerRun run_workload(const PowerWorkload& workload);

}  // namespace tidemark::store
