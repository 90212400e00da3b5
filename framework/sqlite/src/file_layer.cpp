#include "file_layer.hpp"

#include <fmt/format.h>

#include <atomic>
#include <new>

#include "tidemark/base/assert.hpp"

namespace tidemark::sqlite {
namespace {

/// SQLite's handle of an open file; the handle of the file system below lies behind it.
struct Handle {
  sqlite3_file base{};                 // first: SQLite sees a pointer to it
  GatheredWrites* gathered = nullptr;  ///< of the WAL, if its writes are gathered
  FileLayer* layer = nullptr;
  bool is_database = false;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(&handle_of(file) + 1);
}
const sqlite3_io_methods& methods(sqlite3_file* file) { return *below(file)->pMethods; }
FileLayer& layer_of(sqlite3_vfs* vfs) { return *static_cast<FileLayer*>(vfs->pAppData); }
sqlite3_vfs* below(sqlite3_vfs* vfs) { return &layer_of(vfs).below(); }

/// Writes what was gathered when this is the WAL; what follows then sees it.
int write_gathered(sqlite3_file* file) noexcept {
  auto* gathered = handle_of(file).gathered;
  return gathered != nullptr ? gathered->write() : SQLITE_OK;
}

int close_file(sqlite3_file* file) noexcept {
  const int written = write_gathered(file);
  if (auto* gathered = handle_of(file).gathered; gathered != nullptr) gathered->close();
  const int closed = methods(file).xClose(below(file));
  return written == SQLITE_OK ? closed : written;
}

/// Once more, after a short read of a database file. Behind its end there are zeroes by SQLite's
/// own rules; before it they would stand for bytes that were not read. Another process may have
/// made the file that long just now: SQLite looks at the header without a lock.
int read_again(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) noexcept {
  sqlite3_int64 there = 0;
  const int sized = methods(file).xFileSize(below(file), &there);
  if (sized != SQLITE_OK) return sized;
  if (there < offset + size) return SQLITE_IOERR_SHORT_READ;
  const int result = methods(file).xRead(below(file), out, size, offset);
  return result == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_READ : result;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) noexcept {
  if (const int written = write_gathered(file); written != SQLITE_OK) return written;
  const int result = methods(file).xRead(below(file), out, size, offset);
  const bool is_short = result == SQLITE_IOERR_SHORT_READ && handle_of(file).is_database;
  return is_short ? read_again(file, out, size, offset) : result;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) noexcept {
  auto* gathered = handle_of(file).gathered;
  return gathered != nullptr ? gathered->add(data, size, offset)
                             : methods(file).xWrite(below(file), data, size, offset);
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
  if (auto* gathered = handle_of(file).layer->gathered(); gathered != nullptr) gathered->write();
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
  handle.layer = &layer_of(vfs);
  handle.is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const int result = below(vfs)->xOpen(below(vfs), name, below(file), flags, out_flags);
  if (result != SQLITE_OK) return result;  // without methods: SQLite does not close it
  TIDEMARK_ASSERT(below(file)->pMethods->iVersion >= 2, "the file system below has shared memory");
  handle.base.pMethods = &io_methods;
  if ((flags & SQLITE_OPEN_WAL) != 0) handle.gathered = handle.layer->gathered();
  if (handle.gathered != nullptr) handle.gathered->open(*below(file));
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

FileLayer::FileLayer(sqlite3_vfs& below, bool gather_wal_writes)
    : below_(below), name_([] {
        static std::atomic<std::uint64_t> count{0};
        return fmt::format("tidemark-{}", ++count);
      }()) {
  if (gather_wal_writes) gathered_.emplace();
  vfs_.iVersion = 2;
  vfs_.szOsFile = static_cast<int>(sizeof(Handle)) + below.szOsFile;
  vfs_.mxPathname = below.mxPathname;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = open_file;
  vfs_.xDelete = delete_file;
  vfs_.xAccess = access_file;
  vfs_.xFullPathname = full_name;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = rest;
  vfs_.xCurrentTime = now;
  vfs_.xGetLastError = last_error;
  if (below.iVersion >= 2 && below.xCurrentTimeInt64 != nullptr) {
    vfs_.xCurrentTimeInt64 = now_millis;
  } else {
    vfs_.iVersion = 1;
  }
  const int result = sqlite3_vfs_register(&vfs_, 0);
  TIDEMARK_ASSERT(result == SQLITE_OK, "registering a file system does not fail");
}

FileLayer::~FileLayer() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace tidemark::sqlite
