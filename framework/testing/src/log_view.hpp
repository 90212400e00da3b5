#pragma once

#include <cstddef>
#include <string>

#include "tidemark/schema/envelope.hpp"
#include "tidemark/testing/log_event.hpp"

namespace tidemark::testing {

/// The event as a reader of the log sees it, at place `index` from 0. `data`: its bytes, which the
/// view points into, as it does into `logged`.
EventView view_of(const LogEvent& logged, const std::string& data, std::size_t index);

}  // namespace tidemark::testing
