#include "log_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {

LogPlace::LogPlace(const SqliteStoreOptions& options) {
  if (!options.vfs.empty()) return;
  files_[0] = look(options.file.string());
  if (!options.read_only) files_[1] = look(options.file.string() + "-wal");
}

std::optional<LogPlace::File> LogPlace::look(const std::string& path) {
  // Not `stat`: of a file whose time of change was asked for, Linux (since 6.13, "multigrain
  // timestamps") notes a time of its own with the next write, which makes the next sync dearer.
  struct statx facts{};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO, &facts) != 0) return std::nullopt;
  const auto device = std::uint64_t{facts.stx_dev_major} << 32 | facts.stx_dev_minor;
  return File{.path = path, .device = device, .number = facts.stx_ino};
}

void LogPlace::check() const {
  for (const auto& file : files_) {
    if (!file) continue;
    const auto found = look(file->path);
    if (found && found->device == file->device && found->number == file->number) continue;
    throw Failure({.code = "store.moved",
                   .message = file->path + " is not the file any more that was opened: it was "
                                           "moved, removed or replaced",
                   .hint = "stop what has the log open, put the file back in its place together "
                           "with its -wal, and start again"});
  }
}

}  // namespace tidemark::store
