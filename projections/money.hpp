#pragma once

#include <cstdint>

namespace adtech {

/// The sum of two amounts. Throws std::overflow_error when it does not fit: money never wraps.
std::int64_t plus(std::int64_t a, std::int64_t b);

}  // namespace adtech
