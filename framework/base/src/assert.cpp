#include "tidemark/base/assert.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace tidemark {

void assertion_failed(std::string_view condition, std::string_view why, const char* file,
                      int line) noexcept {
  fmt::print(stderr, "tidemark: broken invariant: {} ({}) at {}:{}\n", why, condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace tidemark
