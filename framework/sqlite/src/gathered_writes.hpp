#pragma once

#include <sqlite3.h>

#include <vector>

namespace tidemark::sqlite {

/// Writes to the WAL as one piece what SQLite gives as many: the header and the page of each frame
/// of a transaction. With one system call for a commit instead of two for each page, commits take
/// less time.
///
/// Nothing is held back from where it counts, if `write` is called before a sync, before the index
/// tells readers of it, and before it is read; a transaction's last frame is written as it comes. A
/// write that fails, fails the transaction that it belongs to.
class GatheredWrites {
 public:
  GatheredWrites();
  /// `wal`: of the file system below, until `close`.
  void open(sqlite3_file& wal) { wal_ = &wal; }
  void close() { wal_ = nullptr; }
  /// The results are SQLite's.
  int add(const void* data, int size, sqlite3_int64 at) noexcept;
  int write() noexcept;

 private:
  sqlite3_file* wal_ = nullptr;
  sqlite3_int64 offset_ = 0;
  std::vector<char> bytes_;      ///< not written yet: one piece without gaps; up to 64 KiB
  bool commit_follows_ = false;  ///< the next page is the last of its transaction
};

}  // namespace tidemark::sqlite
