#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "disk_faults.hpp"
#include "memory_file.hpp"
#include "tidemark/sqlite/disk_operation.hpp"

namespace tidemark::sqlite {

/// A file that has a name, and its number for who watches the disk.
struct NamedFile {
  std::uint64_t number = 0;
  // Shared: a file that was deleted lives on until its last user closes it.
  std::shared_ptr<MemoryFile> file;
};

/// The files by name, what may happen to them, and their registration with SQLite.
struct MemoryFileSystem {
  Space space;
  DiskFaults faults;
  std::atomic<DiskWatcher*> watcher{nullptr};
  /// Held while the disk is changed and the watcher told of it; taken before `mutex`. Not taken as
  /// long as nobody watches.
  std::mutex order;
  std::mutex mutex;
  std::map<std::string, NamedFile, std::less<>> files;  // guarded by mutex
  std::uint64_t last_number = 0;                        // guarded by mutex
  std::string name;
  sqlite3_vfs vfs{};
};

/// The functions that SQLite calls, for `system.vfs`; `system` must outlive its registration.
void set_callbacks(MemoryFileSystem& system);

}  // namespace tidemark::sqlite
