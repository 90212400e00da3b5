#pragma once

#include <optional>
#include <string>

#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/store/import.hpp"

namespace tidemark::admin {

/// An event that a line of JSON tells of.
struct EventLine {
  store::ImportedEvent imported;
  std::string fingerprint;  ///< of its layout; empty: as the line numbers it
};

/// Reads a line as `store export` writes it. None for an event that has no data any more. Problems:
/// "import.bad_line".
Result<std::optional<EventLine>, Problem> read_event_line(const Site& site,
                                                          const std::string& line);

}  // namespace tidemark::admin
