#include "tidemark/sqlite/memory_files.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <map>
#include <new>

#include "connection.hpp"
#include "memory_file.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::sqlite {

/// The files by name, and their registration with SQLite.
struct MemoryFileSystem {
  Space space;
  std::mutex mutex;
  // Shared: a file that was deleted lives on until its last user closes it.
  std::map<std::string, std::shared_ptr<MemoryFile>, std::less<>> files;  // guarded by mutex
  std::string name;
  sqlite3_vfs vfs{};
};

namespace {

/// SQLite's handle of an open file; SQLite owns the memory, `open` and `close` the object in it.
struct Handle {
  sqlite3_file base{};  // first: SQLite sees a pointer to it
  std::shared_ptr<MemoryFile> file;
  FileUser user;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

MemoryFileSystem& system_of(sqlite3_vfs* vfs) {
  return *static_cast<MemoryFileSystem*>(vfs->pAppData);
}

sqlite3_vfs* system_vfs() { return sqlite3_vfs_find(nullptr); }

/// No exception may pass through SQLite; the only one there can be is a lack of memory.
template <typename Work>
int guarded(Work&& work) noexcept {
  try {
    return work();
  } catch (const std::exception&) {
    return SQLITE_IOERR_NOMEM;
  }
}

int close_file(sqlite3_file* file) noexcept {
  auto& handle = handle_of(file);
  handle.file->unlock(handle.user, SQLITE_LOCK_NONE);
  handle.~Handle();
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) noexcept {
  return handle_of(file).file->read(out, static_cast<std::uint64_t>(size),
                                    static_cast<std::uint64_t>(offset));
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) noexcept {
  return guarded([&] {
    return handle_of(file).file->write(bytes, static_cast<std::uint64_t>(size),
                                       static_cast<std::uint64_t>(offset));
  });
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) noexcept {
  return guarded([&] { return handle_of(file).file->truncate(static_cast<std::uint64_t>(size)); });
}

int sync_file(sqlite3_file*, int) noexcept { return SQLITE_OK; }

int size_of_file(sqlite3_file* file, sqlite3_int64* size) noexcept {
  *size = static_cast<sqlite3_int64>(handle_of(file).file->size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) noexcept {
  auto& handle = handle_of(file);
  return handle.file->lock(handle.user, level);
}

int unlock_file(sqlite3_file* file, int level) noexcept {
  auto& handle = handle_of(file);
  handle.file->unlock(handle.user, level);
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* reserved) noexcept {
  *reserved = handle_of(file).file->is_reserved() ? 1 : 0;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) noexcept { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) noexcept { return 4096; }
int characteristics(sqlite3_file*) noexcept { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int map_index(sqlite3_file* file, int region, int size, int extend, void volatile** out) noexcept {
  return guarded([&] {
    return handle_of(file).file->map_index(static_cast<std::size_t>(region),
                                           static_cast<std::size_t>(size), extend != 0, out);
  });
}

int lock_index(sqlite3_file* file, int offset, int count, int flags) noexcept {
  auto& handle = handle_of(file);
  const auto slots = ((1U << static_cast<unsigned>(count)) - 1U) << static_cast<unsigned>(offset);
  return handle.file->lock_index(handle.user, slots, flags);
}

void index_barrier(sqlite3_file* file) noexcept { handle_of(file).file->barrier(); }

int unmap_index(sqlite3_file* file, int drop) noexcept {
  auto& handle = handle_of(file);
  handle.file->lock_index(handle.user, ~0U, SQLITE_SHM_UNLOCK);
  // SQLite asks for it only when it holds the file alone.
  if (drop != 0) handle.file->drop_index();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods methods{2,
                                     close_file,
                                     read_file,
                                     write_file,
                                     truncate_file,
                                     sync_file,
                                     size_of_file,
                                     lock_file,
                                     unlock_file,
                                     check_reserved,
                                     control_file,
                                     sector_size,
                                     characteristics,
                                     map_index,
                                     lock_index,
                                     index_barrier,
                                     unmap_index,
                                     nullptr,
                                     nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
              int* flags_out) noexcept {
  file->pMethods = nullptr;  // so that SQLite does not close what was not opened
  return guarded([&] {
    auto& system = system_of(vfs);
    std::shared_ptr<MemoryFile> opened;
    if (name == nullptr) {
      opened = std::make_shared<MemoryFile>(system.space);  // temporary, nobody else's
    } else {
      const std::lock_guard lock(system.mutex);
      auto found = system.files.find(name);
      if (found == system.files.end()) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        found = system.files.emplace(name, std::make_shared<MemoryFile>(system.space)).first;
      }
      opened = found->second;
    }
    auto* handle = new (file) Handle;
    handle->file = std::move(opened);
    handle->base.pMethods = &methods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  });
}

int delete_file(sqlite3_vfs* vfs, const char* name, int) noexcept {
  auto& system = system_of(vfs);
  const std::lock_guard lock(system.mutex);
  return system.files.erase(name) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* exists) noexcept {
  auto& system = system_of(vfs);
  const std::lock_guard lock(system.mutex);
  *exists = system.files.find(std::string_view(name)) != system.files.end() ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size_max, char* out) noexcept {
  const auto size = std::strlen(name);
  if (size >= static_cast<std::size_t>(size_max)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, size + 1);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) noexcept {
  return system_vfs()->xRandomness(system_vfs(), size, out);
}

int sleep_micros(sqlite3_vfs*, int micros) noexcept {
  return system_vfs()->xSleep(system_vfs(), micros);
}

int current_time(sqlite3_vfs*, double* days) noexcept {
  return system_vfs()->xCurrentTime(system_vfs(), days);
}

int last_error(sqlite3_vfs*, int, char*) noexcept { return 0; }

}  // namespace

MemoryFiles::MemoryFiles() : system_(std::make_unique<MemoryFileSystem>()) {
  configure_sqlite();
  // The address: no two at the same time have the same.
  system_->name = fmt::format("tidemark-memory-{}", static_cast<const void*>(system_.get()));
  auto& vfs = system_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = system_->name.c_str();
  vfs.pAppData = system_.get();
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_micros;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  const int result = sqlite3_vfs_register(&vfs, 0);
  TIDEMARK_ASSERT(result == SQLITE_OK, "SQLite takes a file system");
}

MemoryFiles::~MemoryFiles() { sqlite3_vfs_unregister(&system_->vfs); }

const std::string& MemoryFiles::vfs() const { return system_->name; }

void MemoryFiles::limit_size(std::uint64_t bytes_max) { system_->space.max = bytes_max; }

std::uint64_t MemoryFiles::size() const { return system_->space.used.load(); }

}  // namespace tidemark::sqlite
