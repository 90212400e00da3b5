#include <sqlite3.h>

#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "memory_file_system.hpp"

namespace tidemark::sqlite {
namespace {

/// SQLite's handle of an open file; SQLite owns the memory, `open` and `close` the object in it.
struct Handle {
  Handle(MemoryFileSystem& file_system, NamedFile named)
      : system(file_system), number(named.number), file(std::move(named.file)) {}

  sqlite3_file base{};  // first: SQLite sees a pointer to it
  MemoryFileSystem& system;
  std::uint64_t number;  ///< 0: temporary, nobody watches it
  std::shared_ptr<MemoryFile> file;
  FileUser user;
  bool read_only = false;
  /// A log or a journal that this user created: as SQLite does on a disk, its first sync is one of
  /// the directory too.
  bool is_new_journal = false;
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

/// The error of a call that does not get what it wants from the disk.
int io_error(DiskCall call) {
  switch (call) {
    case DiskCall::open:
      return SQLITE_CANTOPEN;
    case DiskCall::read:
      return SQLITE_IOERR_READ;
    case DiskCall::write:
      return SQLITE_IOERR_WRITE;
    case DiskCall::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case DiskCall::sync:
      return SQLITE_IOERR_FSYNC;
    case DiskCall::remove:
      return SQLITE_IOERR_DELETE;
    case DiskCall::size:
      return SQLITE_IOERR_FSTAT;
    case DiskCall::lock:
      return SQLITE_IOERR_LOCK;
    case DiskCall::map_index:
      return SQLITE_IOERR_SHMMAP;
    case DiskCall::lock_index:
      break;
  }
  return SQLITE_IOERR_SHMLOCK;
}

/// What a call has to answer instead of doing its work; `SQLITE_OK`: nothing is in its way.
int fault_of(MemoryFileSystem& system, DiskCall call) {
  const auto kind = system.faults.next(call);
  if (!kind) return SQLITE_OK;
  if (kind == DiskFault::Kind::full && call == DiskCall::write) return SQLITE_FULL;
  if (kind == DiskFault::Kind::read_only) return SQLITE_READONLY;
  if (kind == DiskFault::Kind::short_read && call == DiskCall::read) return SQLITE_IOERR_SHORT_READ;
  return io_error(call);
}

/// Does `work`, and tells who watches of the operation that `operation` makes, as one step.
template <typename Work, typename Operation>
int watched(MemoryFileSystem& system, Work work, Operation operation) {
  if (system.watcher.load() == nullptr) return work();
  const std::lock_guard lock(system.order);
  const int result = work();
  auto* watcher = system.watcher.load();
  if (result == SQLITE_OK && watcher != nullptr) watcher->happened(operation());
  return result;
}

int close_file(sqlite3_file* file) noexcept {
  auto& handle = handle_of(file);
  handle.file->unlock(handle.user, SQLITE_LOCK_NONE);
  handle.~Handle();
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    const auto bytes = static_cast<std::uint64_t>(size);
    const auto from = static_cast<std::uint64_t>(offset);
    const int fault = fault_of(handle.system, DiskCall::read);
    if (fault == SQLITE_OK) return handle.file->read(out, bytes, from);
    std::memset(out, 0, bytes);
    if (fault == SQLITE_IOERR_SHORT_READ) handle.file->read(out, bytes / 2, from);
    return fault;
  });
}

int write_bytes(Handle& handle, std::string_view bytes, std::uint64_t offset) {
  const auto write = [&] { return handle.file->write(bytes.data(), bytes.size(), offset); };
  if (handle.number == 0) return write();
  return watched(handle.system, write, [&] {
    return DiskOperation{.file = handle.number, .offset = offset, .bytes = std::string(bytes)};
  });
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    const std::string_view all(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    const auto at = static_cast<std::uint64_t>(offset);
    if (handle.read_only) return SQLITE_READONLY;
    const int fault = fault_of(handle.system, DiskCall::write);
    if (fault == SQLITE_OK) return write_bytes(handle, all, at);
    if (fault != SQLITE_READONLY) write_bytes(handle, all.substr(0, all.size() / 2), at);
    return fault;
  });
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    const auto bytes = static_cast<std::uint64_t>(size);
    if (handle.read_only) return SQLITE_READONLY;
    if (const int fault = fault_of(handle.system, DiskCall::truncate); fault != SQLITE_OK) {
      return fault;
    }
    const auto truncate = [&] { return handle.file->truncate(bytes); };
    if (handle.number == 0) return truncate();
    return watched(handle.system, truncate, [&] {
      return DiskOperation{
          .kind = DiskOperation::Kind::truncate, .file = handle.number, .offset = bytes};
    });
  });
}

int sync_file(sqlite3_file* file, int) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    const int fault = fault_of(handle.system, DiskCall::sync);
    if (handle.number == 0) return fault;
    const auto nothing = [] { return SQLITE_OK; };
    watched(handle.system, nothing, [&] {
      using Kind = DiskOperation::Kind;
      const auto kind = fault == SQLITE_OK ? Kind::sync : Kind::failed_sync;
      return DiskOperation{.kind = kind, .file = handle.number};
    });
    if (fault != SQLITE_OK) return fault;
    if (!std::exchange(handle.is_new_journal, false)) return SQLITE_OK;
    return watched(handle.system, nothing,
                   [] { return DiskOperation{.kind = DiskOperation::Kind::sync_directory}; });
  });
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    if (const int fault = fault_of(handle.system, DiskCall::size); fault != SQLITE_OK) return fault;
    *size = static_cast<sqlite3_int64>(handle.file->size());
    return SQLITE_OK;
  });
}

int lock_file(sqlite3_file* file, int level) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    if (const int fault = fault_of(handle.system, DiskCall::lock); fault != SQLITE_OK) return fault;
    return handle.file->lock(handle.user, level);
  });
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
    auto& handle = handle_of(file);
    *out = nullptr;
    if (const int fault = fault_of(handle.system, DiskCall::map_index); fault != SQLITE_OK) {
      return fault;
    }
    return handle.file->map_index(static_cast<std::size_t>(region), static_cast<std::size_t>(size),
                                  extend != 0, out);
  });
}

int lock_index(sqlite3_file* file, int offset, int count, int flags) noexcept {
  return guarded([&] {
    auto& handle = handle_of(file);
    const auto slots = ((1U << static_cast<unsigned>(count)) - 1U) << static_cast<unsigned>(offset);
    const bool wanted = (flags & SQLITE_SHM_LOCK) != 0;  // giving it back never fails
    const int fault = wanted ? fault_of(handle.system, DiskCall::lock_index) : SQLITE_OK;
    return fault != SQLITE_OK ? fault : handle.file->lock_index(handle.user, slots, flags);
  });
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

/// The file of that name, created when it may be.
int find_or_create(MemoryFileSystem& system, const char* name, int flags, NamedFile& out) {
  const auto find = [&] {
    const std::lock_guard lock(system.mutex);
    const auto found = system.files.find(std::string_view(name));
    if (found == system.files.end()) return SQLITE_CANTOPEN;
    out = found->second;
    return SQLITE_OK;
  };
  if (find() == SQLITE_OK) return SQLITE_OK;
  if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  const auto create = [&] {
    const std::lock_guard lock(system.mutex);
    auto& file = system.files[name];
    if (file.number == 0) {
      file = {.number = ++system.last_number, .file = std::make_shared<MemoryFile>(system.space)};
    }
    out = file;
    return SQLITE_OK;
  };
  return watched(system, create, [&] {
    return DiskOperation{.kind = DiskOperation::Kind::create, .file = out.number, .name = name};
  });
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
              int* flags_out) noexcept {
  file->pMethods = nullptr;  // so that SQLite does not close what was not opened
  return guarded([&] {
    auto& system = system_of(vfs);
    const int fault = fault_of(system, DiskCall::open);
    const bool read_only = fault == SQLITE_READONLY;
    if (fault != SQLITE_OK && !read_only) return fault;
    NamedFile named;
    if (name == nullptr) {
      named.file = std::make_shared<MemoryFile>(system.space);  // temporary, nobody else's
    } else {
      const int may_create = read_only ? flags & ~SQLITE_OPEN_CREATE : flags;
      const int result = find_or_create(system, name, may_create, named);
      if (result != SQLITE_OK) return result;
    }
    auto* handle = new (file) Handle(system, std::move(named));
    handle->read_only = read_only || (flags & SQLITE_OPEN_READONLY) != 0;
    handle->is_new_journal = (flags & SQLITE_OPEN_CREATE) != 0 &&
                             (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    handle->base.pMethods = &methods;
    constexpr int writable = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (read_only) flags = (flags & ~writable) | SQLITE_OPEN_READONLY;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  });
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) noexcept {
  return guarded([&] {
    auto& system = system_of(vfs);
    if (const int fault = fault_of(system, DiskCall::remove); fault != SQLITE_OK) return fault;
    const auto remove = [&] {
      const std::lock_guard lock(system.mutex);
      return system.files.erase(name) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
    };
    const int result = watched(system, remove, [&] {
      return DiskOperation{.kind = DiskOperation::Kind::remove, .name = name};
    });
    if (result != SQLITE_OK || sync_directory == 0) return result;
    return watched(
        system, [] { return SQLITE_OK; },
        [] { return DiskOperation{.kind = DiskOperation::Kind::sync_directory}; });
  });
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

void set_callbacks(MemoryFileSystem& system) {
  auto& vfs = system.vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = system.name.c_str();
  vfs.pAppData = &system;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_micros;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
}

}  // namespace tidemark::sqlite
