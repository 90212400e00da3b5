#include "tidemark/sqlite/wal_writes.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <new>
#include <vector>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::sqlite {
namespace {

constexpr int frame_header_size = 24;
constexpr std::size_t gathered_max = 64 * 1024;

/// What was given to be written to the WAL and is not yet: one piece without gaps.
struct Gathered {
  sqlite3_file* file = nullptr;  ///< the WAL of the file system below; null: none is open
  sqlite3_int64 offset = 0;
  std::vector<char> bytes;
  bool commit_follows = false;  ///< the next page is the last of its transaction

  int write() noexcept {
    if (bytes.empty()) return SQLITE_OK;
    const int result =
        file->pMethods->xWrite(file, bytes.data(), static_cast<int>(bytes.size()), offset);
    // Given up when it fails: its transaction fails with it.
    bytes.clear();
    commit_follows = false;
    return result;
  }

  int add(const void* data, int size, sqlite3_int64 at) noexcept {
    const auto end = offset + static_cast<sqlite3_int64>(bytes.size());
    if (!bytes.empty() &&
        (at != end || bytes.size() + static_cast<std::size_t>(size) > gathered_max)) {
      if (const int result = write(); result != SQLITE_OK) return result;
    }
    if (static_cast<std::size_t>(size) > gathered_max) {
      return file->pMethods->xWrite(file, data, size, at);
    }
    if (bytes.empty()) offset = at;
    const auto* from = static_cast<const char*>(data);
    bytes.insert(bytes.end(), from, from + size);
    if (size == frame_header_size) {
      // Bytes 4 to 7 of a frame's header: the size of the database after a commit, else 0.
      commit_follows = (from[4] | from[5] | from[6] | from[7]) != 0;
      return SQLITE_OK;
    }
    return commit_follows ? write() : SQLITE_OK;
  }
};

}  // namespace

/// The registration with SQLite, and what is gathered for its one connection.
struct WalWritesSystem {
  sqlite3_vfs* below = nullptr;
  std::string name;
  sqlite3_vfs vfs{};
  Gathered gathered;
};

namespace {

/// SQLite's handle of an open file; the handle of the file system below lies behind it.
struct Handle {
  sqlite3_file base{};  // first: SQLite sees a pointer to it
  WalWritesSystem* system = nullptr;
  bool is_wal = false;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(&handle_of(file) + 1);
}
const sqlite3_io_methods& methods(sqlite3_file* file) { return *below(file)->pMethods; }
WalWritesSystem& system_of(sqlite3_vfs* vfs) {
  return *static_cast<WalWritesSystem*>(vfs->pAppData);
}
sqlite3_vfs* below(sqlite3_vfs* vfs) { return system_of(vfs).below; }

/// Writes what was gathered when this is the WAL; what follows then sees it.
int write_gathered(sqlite3_file* file) noexcept {
  const auto& handle = handle_of(file);
  return handle.is_wal ? handle.system->gathered.write() : SQLITE_OK;
}

int close_file(sqlite3_file* file) noexcept {
  auto& handle = handle_of(file);
  const int written = write_gathered(file);
  if (handle.is_wal) handle.system->gathered.file = nullptr;
  const int closed = methods(file).xClose(below(file));
  return written == SQLITE_OK ? closed : written;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) noexcept {
  const int written = write_gathered(file);
  return written == SQLITE_OK ? methods(file).xRead(below(file), out, size, offset) : written;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) noexcept {
  const auto& handle = handle_of(file);
  if (!handle.is_wal) return methods(file).xWrite(below(file), data, size, offset);
  try {
    return handle.system->gathered.add(data, size, offset);
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) noexcept {
  const int written = write_gathered(file);
  return written == SQLITE_OK ? methods(file).xTruncate(below(file), size) : written;
}

int sync_file(sqlite3_file* file, int flags) noexcept {
  const int written = write_gathered(file);
  return written == SQLITE_OK ? methods(file).xSync(below(file), flags) : written;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) noexcept {
  const int written = write_gathered(file);
  return written == SQLITE_OK ? methods(file).xFileSize(below(file), size) : written;
}

int lock_file(sqlite3_file* file, int level) noexcept {
  return methods(file).xLock(below(file), level);
}
int unlock_file(sqlite3_file* file, int level) noexcept {
  return methods(file).xUnlock(below(file), level);
}
int check_lock(sqlite3_file* file, int* taken) noexcept {
  return methods(file).xCheckReservedLock(below(file), taken);
}
int control_file(sqlite3_file* file, int what, void* argument) noexcept {
  return methods(file).xFileControl(below(file), what, argument);
}
int sector_size(sqlite3_file* file) noexcept { return methods(file).xSectorSize(below(file)); }
int characteristics(sqlite3_file* file) noexcept {
  return methods(file).xDeviceCharacteristics(below(file));
}
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** out) noexcept {
  return methods(file).xShmMap(below(file), page, size, extend, out);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) noexcept {
  return methods(file).xShmLock(below(file), offset, count, flags);
}
/// The index of the WAL is about to tell readers of what was written: it must be there. A commit
/// has written it by itself, and told whether that worked.
void order_shared(sqlite3_file* file) noexcept {
  auto& gathered = handle_of(file).system->gathered;
  if (gathered.file != nullptr) gathered.write();
  methods(file).xShmBarrier(below(file));
}
int unmap_shared(sqlite3_file* file, int remove) noexcept {
  return methods(file).xShmUnmap(below(file), remove);
}

const sqlite3_io_methods io_methods = {2,
                                       close_file,
                                       read_file,
                                       write_file,
                                       truncate_file,
                                       sync_file,
                                       size_of_file,
                                       lock_file,
                                       unlock_file,
                                       check_lock,
                                       control_file,
                                       sector_size,
                                       characteristics,
                                       map_shared,
                                       lock_shared,
                                       order_shared,
                                       unmap_shared,
                                       nullptr,
                                       nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
              int* out_flags) noexcept {
  auto& handle = *new (file) Handle{};
  handle.system = &system_of(vfs);
  const int result = below(vfs)->xOpen(below(vfs), name, below(file), flags, out_flags);
  if (result != SQLITE_OK) return result;  // without methods: SQLite does not close it
  TIDEMARK_ASSERT(below(file)->pMethods->iVersion >= 2, "the file system below has shared memory");
  handle.base.pMethods = &io_methods;
  handle.is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  if (handle.is_wal) handle.system->gathered.file = below(file);
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync) noexcept {
  return below(vfs)->xDelete(below(vfs), name, sync);
}
int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* out) noexcept {
  return below(vfs)->xAccess(below(vfs), name, flags, out);
}
int full_name(sqlite3_vfs* vfs, const char* name, int size, char* out) noexcept {
  return below(vfs)->xFullPathname(below(vfs), name, size, out);
}
int randomness(sqlite3_vfs* vfs, int size, char* out) noexcept {
  return below(vfs)->xRandomness(below(vfs), size, out);
}
int rest(sqlite3_vfs* vfs, int micros) noexcept { return below(vfs)->xSleep(below(vfs), micros); }
int now(sqlite3_vfs* vfs, double* out) noexcept {
  return below(vfs)->xCurrentTime(below(vfs), out);
}
int last_error(sqlite3_vfs* vfs, int size, char* out) noexcept {
  return below(vfs)->xGetLastError(below(vfs), size, out);
}
int now_millis(sqlite3_vfs* vfs, sqlite3_int64* out) noexcept {
  return below(vfs)->xCurrentTimeInt64(below(vfs), out);
}

}  // namespace

WalWrites::WalWrites(const std::string& below_name) : system_(std::make_unique<WalWritesSystem>()) {
  static std::atomic<std::uint64_t> count{0};
  auto* below = sqlite3_vfs_find(below_name.empty() ? nullptr : below_name.c_str());
  if (below == nullptr) {
    throw Failure({.code = "sqlite.no_vfs",
                   .message = fmt::format("SQLite knows no file system '{}'", below_name)});
  }
  system_->below = below;
  system_->name = fmt::format("tidemark-wal-{}", ++count);
  system_->gathered.bytes.reserve(gathered_max);
  auto& vfs = system_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(Handle)) + below->szOsFile;
  vfs.mxPathname = below->mxPathname;
  vfs.zName = system_->name.c_str();
  vfs.pAppData = system_.get();
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_name;
  vfs.xRandomness = randomness;
  vfs.xSleep = rest;
  vfs.xCurrentTime = now;
  vfs.xGetLastError = last_error;
  if (below->iVersion >= 2 && below->xCurrentTimeInt64 != nullptr) {
    vfs.xCurrentTimeInt64 = now_millis;
  } else {
    vfs.iVersion = 1;
  }
  const int result = sqlite3_vfs_register(&vfs, 0);
  TIDEMARK_ASSERT(result == SQLITE_OK, "registering a file system does not fail");
}

WalWrites::~WalWrites() { sqlite3_vfs_unregister(&system_->vfs); }

const std::string& WalWrites::vfs() const { return system_->name; }

}  // namespace tidemark::sqlite
