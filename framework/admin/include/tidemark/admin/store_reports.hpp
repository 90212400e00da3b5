#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"

namespace tidemark::admin {

/// What the log's file is, and how much is in it. Reads no event but the newest.
Report store_info(const Site& site);

/// Events by category and by type. Scans the log.
Report store_stats(const Site& site);

struct StreamQuery {
  std::string category = {};  ///< empty: all
  std::string after = {};     ///< streams behind this name
  std::uint64_t limit = 100;
};
/// Streams by name, with their versions.
Report store_streams(const Site& site, const StreamQuery& query);

/// Reads the whole log and checks it; damage is a finding. `progress` is called about every 100,000
/// events and stops the work by answering false.
Report store_verify(const Site& site,
                    const std::function<bool(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace tidemark::admin
