#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.hpp"

/// The cases of bench_store, by theme.
namespace bench {

class StoredLogs;
struct BothSizes;

/// What all cases of a run share.
struct StoreBench {
  std::filesystem::path folder;  ///< for files of the run; goes with it
  unsigned rounds = 31;
  std::uint64_t events = 20'000'000;  ///< that the growth cases come to

  /// What the cases that read are given.
  [[nodiscard]] std::uint64_t events_to_read() const { return events / 20; }
  /// The logs that the cases that read share: made when first asked for.
  StoredLogs& logs();
  /// A path of a file that is not there yet.
  std::filesystem::path new_file(const std::string& name) {
    return folder / (name + "-" + std::to_string(++files_made) + ".db");
  }

  std::uint64_t files_made = 0;
  // Shared, because they are only declared here.
  std::shared_ptr<StoredLogs> made_logs = nullptr;
  std::shared_ptr<BothSizes> made_sizes = nullptr;
};

struct Case {
  std::string name;
  void (*run)(StoreBench&);
};

std::vector<Case> append_cases();
std::vector<Case> group_cases();
std::vector<Case> further_cases();
std::vector<Case> read_cases();
std::vector<Case> load_cases();
std::vector<Case> growth_cases();
std::vector<Case> wakeup_cases();
std::vector<Case> postgres_cases();

/// A line of this benchmark. `value`: of ours.
inline void line(const std::string& name, const Compared& compared, std::string_view unit) {
  print("store", name, compared, unit);
}

}  // namespace bench
