#include "file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

#include "tidemark/base/failure.hpp"

namespace tidemark::sqlite {

void FileLock::hold() {
  if (descriptor_ >= 0) return;
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    throw Failure({.code = area_ + ".io",
                   .message = fmt::format("cannot open {}", file_.string()),
                   .hint = "the folder must be writable"});
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(std::exchange(descriptor_, -1));
  throw Failure({.code = area_ + ".locked",
                 .message = fmt::format("another process has {}", file_.string()),
                 .hint = "one process at a time writes what it guards; stop the other one, or give "
                         "this one a folder of its own",
                 .retryable = true});
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tidemark::sqlite
