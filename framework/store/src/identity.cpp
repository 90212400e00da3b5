#include "tidemark/store/identity.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {

Identity new_identity(const Clock& clock, Random& random) {
  const auto created_at = clock.now();
  return {.store_id = StoreId(Uuid::version7(created_at, random)), .created_at = created_at};
}

void check_identity(const std::optional<Identity>& wanted, const Identity& found,
                    const std::string& place) {
  if (!wanted || wanted->store_id == found.store_id) return;
  throw Failure({.code = "store.other_store",
                 .message = fmt::format("{} is store {}, not {}", place, to_string(found.store_id),
                                        to_string(wanted->store_id)),
                 .hint = "name another place, or the one that belongs to this store"});
}

}  // namespace tidemark::store
