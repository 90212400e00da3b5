#pragma once

#include <functional>

#include "log_reader.hpp"
#include "tidemark/store/integrity_keys.hpp"

namespace tidemark::store {

/// Called now and then; false stops the work.
using VerifyProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// Whose log is checked, and by whom its checkpoints may be signed.
struct VerifyAgainst {
  StoreId store;
  const IntegrityKeys& keys;
};

/// Checks the log up to `end`. Holds no snapshot longer than a page; needs memory for one event.
Verified verify_log(LogReader& reader, Position end, const VerifyAgainst& against,
                    const VerifyProgress& progress);

}  // namespace tidemark::store
