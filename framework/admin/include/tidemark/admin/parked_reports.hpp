#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// Names something that a feed set aside: "projection/campaign_minutes/17".
struct ParkedName {
  std::string feed;
  std::int64_t id = 0;

  static std::optional<ParkedName> parse(std::string_view text);
};

/// What is set aside, by feed and in order; of one feed when it is named. Problems: "feed.unknown".
Result<Report, Problem> parked_list(const Site& site, const std::string& feed, std::uint64_t limit);

/// Everything about one entry, its payload too. Problems: "parked.bad_name", "feed.unknown",
/// "parked.unknown".
Result<Report, Problem> parked_show(const Site& site, const std::string& name);

}  // namespace tidemark::admin
