#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidemark/sqlite/disk_fault.hpp"
#include "tidemark/sqlite/disk_operation.hpp"

namespace tidemark::sqlite {

struct MemoryFileSystem;

/// A file system in memory for SQLite: databases in it behave like those on disk, WAL mode and
/// several connections included, and go with this object.
///
/// Pass `vfs()` in `OpenOptions`. Not shared with other processes. Safe from any thread; must
/// outlive every database opened in it. For tests and simulation it is a disk that can be watched,
/// can fail, and can be looked at and changed from outside.
class MemoryFiles {
 public:
  MemoryFiles() : MemoryFiles(FileImages()) {}
  /// With these files in it: those that another disk was left with.
  explicit MemoryFiles(const FileImages& images);
  MemoryFiles(const MemoryFiles&) = delete;
  MemoryFiles& operator=(const MemoryFiles&) = delete;
  ~MemoryFiles();

  /// What the next process finds when the one that used `died` was killed: the same files, without
  /// its locks and shared memory. Who watched `died` watches these files from now on.
  static std::unique_ptr<MemoryFiles> left_by(MemoryFiles& died);

  /// The name under which SQLite knows it.
  [[nodiscard]] const std::string& vfs() const;

  /// The space there is, in bytes over all files: what would need more fails as on a full disk.
  void limit_size(std::uint64_t bytes_max);
  /// Bytes in all files now.
  [[nodiscard]] std::uint64_t size() const;

  /// All files as they are, synced or not: what a process that dies leaves behind.
  [[nodiscard]] FileImages images() const;
  /// Writes over a file from outside, past all locks and without a call that could fail; there must
  /// be such a file, and the bytes must lie in it. What SQLite has in its caches stays there.
  void overwrite(const std::string& name, std::uint64_t offset, std::string_view bytes);

  /// Tells `watcher` of every operation from now on, and first of what is there, as created,
  /// written and synced. It must outlive this object or be taken off with null. Temporary files
  /// that have no name are left out. No database may be open.
  void watch(DiskWatcher* watcher);

  /// Makes a call go wrong; replaces what was planned before.
  void plan(const DiskFault& fault);
  /// Nothing goes wrong any more.
  void heal();
  /// Calls of a kind since the last `plan`. (They are not counted before the first.)
  [[nodiscard]] std::uint64_t calls(DiskCall call) const;

 private:
  std::unique_ptr<MemoryFileSystem> system_;
};

}  // namespace tidemark::sqlite
