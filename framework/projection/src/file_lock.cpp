#include "file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

#include "tidemark/base/failure.hpp"

namespace tidemark::projection {

FileLock::FileLock(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) {
    throw Failure({.code = "projection.io",
                   .message = fmt::format("cannot open {}", file.string()),
                   .hint = "the folder of the read models must be writable"});
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(std::exchange(descriptor_, -1));
    throw Failure(
        {.code = "projection.locked",
         .message = fmt::format("another process feeds the read model of {}", file.string()),
         .hint = "one process owns a read model; stop the other one, or give this one "
                 "a folder of its own",
         .retryable = true});
  }
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tidemark::projection
