#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/tool.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::admin {

struct StoreCopyOptions {
  /// A file, a folder (for "tidemark.db" in it), or an address, which may hold a password.
  std::string target;
  bool verify = false;   ///< read the whole target at the end
  std::string log = {};  ///< the file or the address of the store itself, which is no target
};

/// Copies a store into another one, which may be an earlier copy, while it is written to. One that
/// was stopped by `environment.wait` is a finding. Problems: "store.unknown_engine",
/// "store.same_file", "store.same_store"; throws `Failure` as `store::copy_store`.
Result<Report, Problem> store_copy(store::StoreEngine& from, const StoreCopyOptions& options,
                                   const ToolEnvironment& environment);

struct RestoreOptions {
  std::filesystem::path backup;
  std::filesystem::path directory;  ///< which must not have a log; made when it is missing
  bool verify = false;
};

/// Makes the log of a data directory from a backup, and says what must happen to what lies beside
/// it and to what was published since. The log is there when it is whole: what was stopped goes on
/// when it is done again. Problems: "store.exists", "store.unfinished_copy".
Result<Report, Problem> store_restore(const RestoreOptions& options,
                                      const ToolEnvironment& environment);

}  // namespace tidemark::admin
