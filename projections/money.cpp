#include "projections/money.hpp"

#include <tidemark/base/bytes.hpp>

#include <stdexcept>

namespace adtech {

std::int64_t plus(std::int64_t a, std::int64_t b) {
  const auto sum = tidemark::checked_add(a, b);
  if (!sum) throw std::overflow_error("an amount is beyond what can be counted");
  return *sum;
}

}  // namespace adtech
