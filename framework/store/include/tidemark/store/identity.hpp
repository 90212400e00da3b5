#pragma once

#include <optional>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/base/uuid.hpp"

namespace tidemark::store {

/// What a store says about itself, for ever. Its copies say the same, so that checkpoints of the
/// one are checkpoints of the other.
struct Identity {
  StoreId store_id;
  UtcTime created_at;
};

/// That of a store that begins now.
Identity new_identity(const Clock& clock, Random& random);

/// Throws `Failure` "store.other_store" when a store, which lies at `place`, is not the one that is
/// wanted. None: any will do.
void check_identity(const std::optional<Identity>& wanted, const Identity& found,
                    const std::string& place);

}  // namespace tidemark::store
