#include "tidemark/sqlite/memory_files.hpp"

#include <fmt/format.h>

#include "connection.hpp"
#include "memory_file_system.hpp"
#include "tidemark/base/assert.hpp"

namespace tidemark::sqlite {
namespace {

std::string contents(MemoryFile& file) {
  std::string bytes(file.size(), '\0');
  file.read(bytes.data(), bytes.size(), 0);
  return bytes;
}

}  // namespace

MemoryFiles::MemoryFiles(const FileImages& images) : system_(std::make_unique<MemoryFileSystem>()) {
  configure_sqlite();
  // The address: no two at the same time have the same.
  system_->name = fmt::format("tidemark-memory-{}", static_cast<const void*>(system_.get()));
  for (const auto& [name, bytes] : images) {
    auto file = std::make_shared<MemoryFile>(system_->space);
    file->write(bytes.data(), bytes.size(), 0);
    system_->files.emplace(name,
                           NamedFile{.number = ++system_->last_number, .file = std::move(file)});
  }
  set_callbacks(*system_);
  const int result = sqlite3_vfs_register(&system_->vfs, 0);
  TIDEMARK_ASSERT(result == SQLITE_OK, "SQLite takes a file system");
}

MemoryFiles::~MemoryFiles() { sqlite3_vfs_unregister(&system_->vfs); }

std::unique_ptr<MemoryFiles> MemoryFiles::left_by(MemoryFiles& died) {
  auto left = std::make_unique<MemoryFiles>(died.images());
  auto& from = *died.system_;
  const std::lock_guard order(from.order);
  const std::lock_guard lock(from.mutex);
  // To who watches they are the same files, with the same numbers.
  for (auto& [name, file] : left->system_->files) file.number = from.files.at(name).number;
  left->system_->last_number = from.last_number;
  left->system_->watcher = from.watcher.exchange(nullptr);
  return left;
}

const std::string& MemoryFiles::vfs() const { return system_->name; }

void MemoryFiles::limit_size(std::uint64_t bytes_max) { system_->space.max = bytes_max; }

std::uint64_t MemoryFiles::size() const { return system_->space.used.load(); }

FileImages MemoryFiles::images() const {
  const std::lock_guard lock(system_->mutex);
  FileImages images;
  for (const auto& [name, file] : system_->files) images.emplace(name, contents(*file.file));
  return images;
}

void MemoryFiles::overwrite(const std::string& name, std::uint64_t offset, std::string_view bytes) {
  const std::lock_guard lock(system_->mutex);
  const auto found = system_->files.find(name);
  TIDEMARK_ASSERT(found != system_->files.end(), "a file of that name");
  auto& file = *found->second.file;
  TIDEMARK_ASSERT(offset + bytes.size() <= file.size(), "bytes that the file has");
  file.write(bytes.data(), bytes.size(), offset);
}

void MemoryFiles::watch(DiskWatcher* watcher) {
  const std::lock_guard order(system_->order);
  const std::lock_guard lock(system_->mutex);
  if (watcher != nullptr) {
    using Kind = DiskOperation::Kind;
    for (const auto& [name, file] : system_->files) {
      watcher->happened({.kind = Kind::create, .file = file.number, .name = name});
      watcher->happened({.file = file.number, .bytes = contents(*file.file)});
      watcher->happened({.kind = Kind::sync, .file = file.number});
    }
    watcher->happened({.kind = Kind::sync_directory});
  }
  system_->watcher = watcher;
}

void MemoryFiles::plan(const DiskFault& fault) { system_->faults.plan(fault); }

void MemoryFiles::heal() { system_->faults.heal(); }

std::uint64_t MemoryFiles::calls(DiskCall call) const { return system_->faults.calls(call); }

}  // namespace tidemark::sqlite
