#pragma once

#include <string>
#include <vector>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"

namespace tidemark::admin {

/// Which live read models hear the events, whether they have them, and the rows whose key the
/// events name.
Table traced_rows(const Site& site, const std::vector<RecordedEvent>& events);

}  // namespace tidemark::admin
