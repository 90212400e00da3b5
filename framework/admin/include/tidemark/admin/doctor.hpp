#pragma once

#include <cstdint>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::admin {

struct DoctorOptions {
  bool full = false;  ///< also what reads everything: the hash chain, and large files' pages
  std::uint64_t lag_max = 10'000;              ///< events that a running feed may be behind
  std::uint64_t free_bytes_min = 1ULL << 30;   ///< on the file system of the directory
  std::uint64_t wal_bytes_max = 512ULL << 20;  ///< of any file
  std::uint64_t quick_bytes_max = 1ULL << 30;  ///< larger files' pages are checked by `full` only
  Micros patience = std::chrono::minutes(1);   ///< for timers, operations and standing still
  Micros heartbeat_max = std::chrono::seconds(15);
  Micros consumer_silent_max = std::chrono::hours(1);  ///< of one that is behind
};

/// Examines an application's files and what it says of itself: what is wrong, and what to do about
/// it. Findings of severity "note" do not make it a finding. `runs`: whether somebody executes
/// operations now.
Report doctor(const Site& site, bool runs, const DoctorOptions& options);

}  // namespace tidemark::admin
