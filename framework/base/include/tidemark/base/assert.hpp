#pragma once

#include <string_view>

namespace tidemark {

/// Says which invariant broke and where on standard error, then aborts. Called by TIDEMARK_ASSERT.
[[noreturn]] void assertion_failed(std::string_view condition, std::string_view why,
                                   const char* file, int line) noexcept;

}  // namespace tidemark

/// Stops the process when an invariant of our own code is broken, in release builds too: going on
/// with a broken invariant could acknowledge what is not stored. Never for bad input.
#define TIDEMARK_ASSERT(condition, why)                                                  \
  do {                                                                                   \
    if (!(condition)) ::tidemark::assertion_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
