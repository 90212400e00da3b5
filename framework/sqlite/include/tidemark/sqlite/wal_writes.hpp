#pragma once

#include <memory>
#include <string>

namespace tidemark::sqlite {

struct WalWritesSystem;

/// A file system for SQLite that takes every call to another one, but writes to the WAL as one
/// piece what SQLite gives it as many: the header and the page of each frame of a transaction. With
/// one system call for a commit instead of two for each page, commits take less time.
///
/// Nothing is held back from where it counts: what was gathered is written when a transaction's
/// last frame is there, before a sync, before the index tells readers of it, and before it is read;
/// a write that fails, fails the transaction that it belongs to.
///
/// Pass `vfs()` in the `OpenOptions` of one connection, and of one only; must outlive it. Other
/// connections to the same file use the file system below.
class WalWrites {
 public:
  /// Over SQLite's file system of that name; empty: the system's.
  explicit WalWrites(const std::string& below);
  WalWrites(const WalWrites&) = delete;
  WalWrites& operator=(const WalWrites&) = delete;
  ~WalWrites();

  /// The name under which SQLite knows it.
  [[nodiscard]] const std::string& vfs() const;

 private:
  std::unique_ptr<WalWritesSystem> system_;
};

}  // namespace tidemark::sqlite
