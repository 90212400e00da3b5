#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contract/store/fault_changes.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/disk_state.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// Uses a store on a disk of which one call goes wrong, as an application would: an append that
/// failed is tried again with the same append id, a change of what is kept too, and the store stays
/// open.
class FaultRun {
 public:
  FaultRun();
  FaultRun(const FaultRun&) = delete;
  FaultRun& operator=(const FaultRun&) = delete;
  ~FaultRun();

  /// Opens, appends, changes, reads, maintains, closes; the fault is planned before and healed
  /// before the last attempts. At the end the power goes. To be called once.
  void run(const sqlite::DiskFault& fault);

  /// What was not as promised, in sentences.
  [[nodiscard]] const std::vector<std::string>& wrong() const { return wrong_; }
  /// How often each failure was met, by its code.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& codes() const { return codes_; }
  /// Appends whose outcome was unknown for a while.
  [[nodiscard]] std::uint64_t repeated() const { return repeated_; }
  [[nodiscard]] const sqlite::MemoryFiles& files() const { return files_; }

 private:
  struct Known {
    Append append;
    std::vector<ImportedEvent> imported;  ///< it is an import of these, with the append's id
    std::optional<Appended> outcome;      ///< none: not known
  };
  template <typename Work>
  bool attempt(Work&& work);
  void open();
  void step(std::uint64_t number);
  void append_group(std::uint64_t count);
  void append_again(Known& known);
  void import();
  void change_something(std::uint64_t number);
  NewEvent new_event(std::uint64_t size_max);
  void read_all();
  void lose_power();
  void check_all();
  void check_log();
  Append new_append();

  sqlite::DiskState disk_;
  sqlite::MemoryFiles files_;
  ManualClock clock_;
  SeededRandom random_{1};
  SqliteStoreOptions options_;
  std::unique_ptr<SqliteStore> store_;
  std::vector<Known> appends_;
  FaultChanges changes_;
  std::map<std::string, std::uint64_t> codes_;
  std::uint64_t repeated_ = 0;
  std::vector<std::string> wrong_;
};

/// A kind of fault, and how many calls of a run without a fault it can hit.
struct FaultSweep {
  sqlite::DiskFault fault;
  std::vector<std::string> codes;  ///< what its failures may be called
  std::uint64_t calls = 0;
};

/// All kinds of faults that the medium lets a store go on after.
std::vector<FaultSweep> fault_sweeps();

/// What came of a sweep.
struct FaultTally {
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;  ///< that callers met
  std::uint64_t repeated = 0;  ///< appends that were tried again
  std::vector<std::string> wrong;
};

/// Runs with the fault at each `every`th call.
FaultTally run_sweep(const FaultSweep& sweep, std::uint64_t every);

/// "io_error at write 7, lasting": for messages.
std::string to_string(const sqlite::DiskFault& fault);

}  // namespace tidemark::store
