#pragma once

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace intake_test {

/// A file without a disk, under a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text = {}) : descriptor_(::memfd_create("input", 0)) {
    REQUIRE(descriptor_ >= 0);
    append(text);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  void append(std::string_view text) {
    REQUIRE(::lseek(descriptor_, 0, SEEK_END) >= 0);
    REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void cut(std::size_t size) { REQUIRE(::ftruncate(descriptor_, static_cast<off_t>(size)) == 0); }
  [[nodiscard]] std::filesystem::path path() const {
    return "/proc/self/fd/" + std::to_string(descriptor_);
  }

 private:
  int descriptor_;
};

}  // namespace intake_test
