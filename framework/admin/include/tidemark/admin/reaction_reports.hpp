#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

/// Every reaction, by what feeds it: how far it is, what it set aside, and how many of its commands
/// the business refused.
Report reaction_list(const Site& site);

struct RefusedReaction {
  std::string reaction;                    ///< as `reaction_list` names it
  std::optional<std::int64_t> after = {};  ///< those behind this id; none: the newest
  std::uint64_t limit = 100;
};
/// Commands of a reaction that the business refused, oldest first. Problems: "reaction.unknown".
Result<Report, Problem> reaction_refused(const Site& site, const RefusedReaction& query);

}  // namespace tidemark::admin
