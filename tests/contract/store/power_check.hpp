#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "contract/store/power_workload.hpp"
#include "tidemark/sqlite/disk_state.hpp"

namespace tidemark::store {

/// What was looked at, over all cuts.
struct PowerTally {
  std::uint64_t cuts = 0;
  std::uint64_t appends = 0;         ///< acknowledged ones that had to be there
  std::uint64_t unacknowledged = 0;  ///< under way when the power went
  std::uint64_t survived = 0;        ///< of those, the ones that were there all the same
  std::uint64_t taken = 0;           ///< acknowledged ones that `normal` let go
  std::uint64_t told = 0;            ///< what the store had told of itself and had to tell again
};

/// Cuts the power in a run, at one moment after the other, opens the store that is left, and
/// compares it with what the run was told.
class PowerCheck {
 public:
  /// `run` must outlive it.
  explicit PowerCheck(const PowerRun& run) : run_(run) {}

  /// Goes on to the moment after the first `operations` operations; not back.
  void advance(std::uint64_t operations);
  /// Cuts now. Returns what is not as promised, in sentences; none when all is well.
  std::vector<std::string> cut(const sqlite::PowerLoss& loss);

  [[nodiscard]] const PowerTally& tally() const { return tally_; }

 private:
  struct Left;
  void check_log(Left& left) const;
  void check_appends(Left& left);
  void check_append(Left& left, const PowerAppend& known, bool must_be_there);
  void check_told(Left& left);
  void check_goes_on(Left& left) const;
  [[nodiscard]] std::size_t least_told() const;
  [[nodiscard]] bool has_to_be_there(const Left& left, std::size_t append) const;

  const PowerRun& run_;
  sqlite::DiskState disk_;
  std::uint64_t at_ = 0;
  PowerTally tally_;
};

/// How the power goes in the cut number `number`: all kinds in turn.
sqlite::PowerLoss power_loss(std::uint64_t number);

}  // namespace tidemark::store
