#include "presence.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

#include "tidemark/base/failure.hpp"

namespace tidemark::admin {

std::optional<Presence> Presence::take(const std::filesystem::path& file) {
  Presence presence(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (presence.descriptor_ < 0) {
    throw Failure({.code = "operation.lock",
                   .message = "cannot open " + file.string(),
                   .hint = "the data directory must be writable"});
  }
  if (::flock(presence.descriptor_, LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return presence;
}

bool Presence::is_taken(const std::filesystem::path& file) {
  const Presence probe(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return probe.descriptor_ >= 0 && ::flock(probe.descriptor_, LOCK_SH | LOCK_NB) != 0;
}

Presence::Presence(Presence&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Presence& Presence::operator=(Presence&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Presence::~Presence() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tidemark::admin
