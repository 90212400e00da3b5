#pragma once

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tidemark::sqlite {

/// How much all files of one file system may hold and do hold.
struct Space {
  std::atomic<std::uint64_t> used{0};
  std::atomic<std::uint64_t> max{UINT64_MAX};
};

/// One user of a file: its locks are released with it.
struct FileUser {
  int level = SQLITE_LOCK_NONE;
  unsigned shared_slots = 0;     ///< bit per slot of the WAL-index held shared
  unsigned exclusive_slots = 0;  ///< bit per slot of the WAL-index held alone
};

/// The bytes of one file, its locks, and the shared memory of its WAL-index.
///
/// Locks are SQLite's: NONE, SHARED, RESERVED, PENDING, EXCLUSIVE on the file, and eight slots on
/// the WAL-index, each held shared by many or alone by one. Safe from any thread.
class MemoryFile {
 public:
  explicit MemoryFile(Space& space) : space_(space) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { space_.used -= size_; }

  int read(void* out, std::uint64_t size, std::uint64_t offset);
  int write(const void* bytes, std::uint64_t size, std::uint64_t offset);
  int truncate(std::uint64_t size);
  std::uint64_t size();

  int lock(FileUser& user, int level);
  void unlock(FileUser& user, int level);
  bool is_reserved();

  int map_index(std::size_t region, std::size_t region_size, bool extend, void volatile** out);
  int lock_index(FileUser& user, unsigned slots, int flags);
  void drop_index();
  /// Orders what this thread did to the WAL-index before with what other threads do after theirs.
  void barrier() { const std::lock_guard lock(mutex_); }

 private:
  static constexpr std::uint64_t chunk_size = 64 * 1024;
  using Chunk = std::array<char, chunk_size>;
  struct Slot {
    std::uint32_t sharers = 0;
    bool exclusive = false;
  };
  int resize(std::uint64_t size);
  void unlock_index(FileUser& user, unsigned slots);

  Space& space_;
  std::mutex mutex_;  // guards everything below
  std::uint64_t size_ = 0;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::uint32_t readers_ = 0;         ///< users at SHARED or above
  const FileUser* writer_ = nullptr;  ///< the one user above SHARED
  std::vector<std::unique_ptr<char[]>> index_regions_;
  std::array<Slot, SQLITE_SHM_NLOCK> slots_{};
};

}  // namespace tidemark::sqlite
