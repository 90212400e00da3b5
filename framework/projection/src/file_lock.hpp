#pragma once

#include <filesystem>
#include <string>

namespace tidemark::projection {

/// Holds a file against every other process, and every other holder in this one, until it goes.
class FileLock {
 public:
  FileLock() = default;
  /// Throws `Failure` "projection.locked" when somebody else has it.
  explicit FileLock(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  int descriptor_ = -1;
};

}  // namespace tidemark::projection
