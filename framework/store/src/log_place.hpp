#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// The place where the files of an open log lie. Who has a file open goes on with it when it is
/// moved, removed or replaced: what is appended then is where nobody looks for it.
///
/// Immutable. Looks at nothing in a file system that is SQLite's alone (`options.vfs`).
class LogPlace {
 public:
  /// As it is now; the log is open. Of a log that is open for reading only, the -wal is another's.
  explicit LogPlace(const SqliteStoreOptions& options);

  /// Throws `Failure` "store.moved" unless the files that lie there are the same.
  void check() const;

 private:
  struct File {
    std::string path;
    std::uint64_t device = 0, number = 0;
  };
  static std::optional<File> look(const std::string& path);

  std::array<std::optional<File>, 2> files_;
};

}  // namespace tidemark::store
