#include "transaction_phase.hpp"

#include <algorithm>

#include "tidemark/base/assert.hpp"

namespace tidemark::kafka {

void TransactionPhase::require(std::initializer_list<At> allowed, const char* why) const {
  const bool is_allowed = std::find(allowed.begin(), allowed.end(), at_) != allowed.end();
  TIDEMARK_ASSERT(is_allowed, why);
}

}  // namespace tidemark::kafka
