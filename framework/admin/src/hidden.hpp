#pragma once

#include <string>

#include "tidemark/admin/site.hpp"

namespace tidemark::admin {

/// Why an event answers as a tombstone.
struct Hidden {
  std::string how;          ///< "skipped", "deleted" or "truncated"
  std::string who, reason;  ///< empty when nobody says
};
Hidden why_hidden(const Site& site, const EventView& event);

/// "(skipped by ann: no such account)".
std::string to_string(const Hidden& hidden);

}  // namespace tidemark::admin
