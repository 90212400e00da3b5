#include "tidemark/security/key_file.hpp"

#include <fcntl.h>
#include <sodium/utils.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "tidemark/base/failure.hpp"

namespace tidemark::security {
namespace {

constexpr std::size_t size_max = 1024;  ///< far more than a key takes

[[noreturn]] void fail_io(const std::filesystem::path& file, int error) {
  throw Failure({.code = "key.io",
                 .message = file.string() + ": " + std::generic_category().message(error),
                 .hint = "look at the folder, its modes and the room on the disk"});
}

/// A file that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

void write_all(int to, std::string_view bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail_io(file, errno);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// As far as `size_max` goes.
std::string read_all(int from, const std::filesystem::path& file) {
  std::string bytes(size_max, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto count = ::read(from, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno != EINTR) fail_io(file, errno);
    if (count == 0) break;
    if (count > 0) size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

void check_private(int descriptor, const std::filesystem::path& file) {
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0) fail_io(file, errno);
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
  throw Failure({.code = "key.exposed",
                 .message = file.string() + " may be used by others than its owner",
                 .hint = "chmod 600, and make a new key if somebody may have read this one"});
}

}  // namespace

void write_key_file(const std::filesystem::path& file, const SigningKey& key) {
  const Descriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made.is_open() && errno == EEXIST) {
    throw Failure({.code = "key.exists",
                   .message = file.string() + " is there already and was left as it is",
                   .hint = "name another file"});
  }
  if (!made.is_open()) fail_io(file, errno);
  auto text = key.secret_text() + '\n';
  write_all(made.number(), text, file);
  sodium_memzero(text.data(), text.size());
  if (::fsync(made.number()) != 0) fail_io(file, errno);
}

SigningKey read_key_file(const std::filesystem::path& file) {
  const Descriptor found(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!found.is_open() && errno == ENOENT) {
    throw Failure({.code = "key.missing",
                   .message = "there is no key file " + file.string(),
                   .hint = "`tidemark key create` makes one"});
  }
  if (!found.is_open()) fail_io(file, errno);
  check_private(found.number(), file);
  auto text = read_all(found.number(), file);
  auto key = SigningKey::parse(std::string_view(text).substr(0, text.find('\n')));
  sodium_memzero(text.data(), text.size());
  if (key) return *std::move(key);
  throw Failure({.code = "key.malformed",
                 .message = file.string() + " holds no key that signs",
                 .hint = "it is the file that `tidemark key create` wrote that is meant"});
}

}  // namespace tidemark::security
