#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "tidemark/sqlite/disk_fault.hpp"

namespace tidemark::sqlite {

/// Counts the calls to a disk and says which goes wrong. Safe from any thread; costs one load until
/// something is planned.
class DiskFaults {
 public:
  void plan(const DiskFault& fault);
  void heal();
  [[nodiscard]] std::uint64_t calls(DiskCall call) const;

  /// To be asked at each call: how it goes wrong, if it does.
  std::optional<DiskFault::Kind> next(DiskCall call);

 private:
  std::atomic<bool> counting_{false};
  mutable std::mutex mutex_;  // guards everything below
  DiskFault fault_;
  std::array<std::uint64_t, disk_calls> counts_{};
};

}  // namespace tidemark::sqlite
