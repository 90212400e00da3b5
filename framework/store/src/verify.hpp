#pragma once

#include <functional>
#include <memory>

#include "log_reader.hpp"
#include "tidemark/store/integrity_keys.hpp"

namespace tidemark::store {

/// Called now and then; false stops the work.
using VerifyProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

struct VerifiedLog {
  LogReader& reader;
  /// Another of the same log: each thread of the verification has its own.
  std::function<std::unique_ptr<LogReader>()> open_reader;
  StoreId store;
  const IntegrityKeys& keys;  ///< by whom its checkpoints may be signed
};

/// Checks the log up to `end`. Holds no snapshot longer than a page; needs memory for two batches
/// of a few MiB. Where the hash of an event is wrong, those before it are gone through twice.
Verified verify_log(const VerifiedLog& log, Position end, const VerifyProgress& progress);

}  // namespace tidemark::store
