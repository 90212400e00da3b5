#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tidemark::sqlite {

struct MemoryFileSystem;

/// A file system in memory for SQLite: databases in it behave like those on disk, WAL mode and
/// several connections included, and go with this object.
///
/// Pass `vfs()` in `OpenOptions`. Not shared with other processes. Safe from any thread; must
/// outlive every database opened in it.
class MemoryFiles {
 public:
  MemoryFiles();
  MemoryFiles(const MemoryFiles&) = delete;
  MemoryFiles& operator=(const MemoryFiles&) = delete;
  ~MemoryFiles();

  /// The name under which SQLite knows it.
  [[nodiscard]] const std::string& vfs() const;

  /// The space there is, in bytes over all files: what would need more fails as on a full disk.
  void limit_size(std::uint64_t bytes_max);
  /// Bytes in all files now.
  [[nodiscard]] std::uint64_t size() const;

 private:
  std::unique_ptr<MemoryFileSystem> system_;
};

}  // namespace tidemark::sqlite
