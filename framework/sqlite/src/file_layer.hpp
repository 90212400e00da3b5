#pragma once

#include <sqlite3.h>

#include <optional>
#include <string>

#include "gathered_writes.hpp"

namespace tidemark::sqlite {

/// The file system that one connection uses: it takes every call to another one, but
///
/// - a read that comes back short although the database file is long enough is made again, and has
///   failed when that is no better. SQLite would take zeroes for what it missed, and believe and
///   keep them;
/// - if wanted, writes to the WAL are gathered; see `GatheredWrites`.
///
/// Other connections to the same file may use any file system over the same one below. Must outlive
/// its connection.
class FileLayer {
 public:
  FileLayer(sqlite3_vfs& below, bool gather_wal_writes);
  FileLayer(const FileLayer&) = delete;
  FileLayer& operator=(const FileLayer&) = delete;
  ~FileLayer();

  /// The name under which SQLite knows it.
  [[nodiscard]] const char* name() const { return name_.c_str(); }
  [[nodiscard]] sqlite3_vfs& below() const { return below_; }
  /// Null: writes are not gathered.
  [[nodiscard]] GatheredWrites* gathered() { return gathered_ ? &*gathered_ : nullptr; }

 private:
  sqlite3_vfs& below_;
  const std::string name_;
  sqlite3_vfs vfs_{};
  std::optional<GatheredWrites> gathered_;
};

}  // namespace tidemark::sqlite
