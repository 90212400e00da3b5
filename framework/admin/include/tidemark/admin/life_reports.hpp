#pragma once

#include <cstdint>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"

namespace tidemark::admin {

/// Events that every reader passes over, behind a position: who said so, when and why.
Report store_skipped(const Site& site, std::uint64_t after, std::uint64_t limit);

/// Who must not lose events, and how far each had handled them when it last said so.
Report store_consumers(const Site& site);

}  // namespace tidemark::admin
