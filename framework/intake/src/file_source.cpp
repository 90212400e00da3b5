#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <span>
#include <string_view>
#include <system_error>

#include "byte_source.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::intake {
namespace {

/// As much of a file's beginning is looked at to tell it from another one.
constexpr std::size_t fingerprint_size_max = 4096;

class FileSource final : public ByteSource {
 public:
  explicit FileSource(FileSourceOptions options) : options_(std::move(options)) {}
  ~FileSource() override { close(); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  void open(const Reached& from) override;
  [[nodiscard]] std::string description() const override {
    return "file " + std::filesystem::absolute(options_.file).string();
  }
  [[nodiscard]] std::string fingerprint() override;
  [[nodiscard]] std::uint64_t tail() override { return size(); }
  [[nodiscard]] std::optional<Problem> problem() const override;
  void stop() noexcept override { close(); }

 private:
  Came read(LineBuffer& buffer) override;
  std::size_t read_at(std::int64_t offset, std::span<char> room);
  [[nodiscard]] std::string fingerprint_of(std::size_t size);
  void check_same(const std::string& before, std::int64_t next);
  void check_seekable() const;
  void check_not_cut(std::int64_t read);
  [[nodiscard]] bool is_replaced() const;
  void restart(std::int64_t next, std::uint64_t lines);
  std::int64_t line_before(std::int64_t place);
  std::uint64_t size();
  void close() noexcept;
  [[noreturn]] void fail(const char* doing) const;

  const FileSourceOptions options_;
  int descriptor_ = -1;
  bool replaced_ = false;
  std::string fingerprint_;  ///< once the file is long enough for it to stay as it is
};

void FileSource::open(const Reached& from) {
  close();  // an attempt that failed
  // O_NONBLOCK: a pipe would be waited for until somebody writes to it.
  descriptor_ = ::open(options_.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail("opening");
  check_seekable();
  const auto own = std::ranges::find(from.places, std::string(), &Reached::Place::partition);
  const auto next = own == from.places.end() ? 0 : own->next;
  check_same(from.fingerprint, next);
  restart(next, from.lines);
}

/// Goes on behind what was read. A last line without a newline may have got it since; or it was
/// only half written, and has grown: then it is read again, whole.
void FileSource::restart(std::int64_t next, std::uint64_t lines) {
  std::array<char, 2> around{};
  if (next == 0) return buffer_.restart(0, 0);
  const bool goes_on = read_at(next - 1, around) == around.size();
  if (!goes_on || around[0] == '\n') return buffer_.restart(next, lines);
  if (around[1] == '\n') return buffer_.restart(next + 1, lines);
  buffer_.restart(line_before(next), lines > 0 ? lines - 1 : 0);
}

/// Where the line begins that `place` is in.
std::int64_t FileSource::line_before(std::int64_t place) {
  std::array<char, 4096> bytes{};
  while (place > 0) {
    const auto from = std::max<std::int64_t>(0, place - static_cast<std::int64_t>(bytes.size()));
    const auto count =
        read_at(from, std::span(bytes).first(static_cast<std::size_t>(place - from)));
    const auto newline = std::string_view(bytes.data(), count).rfind('\n');
    if (newline != std::string_view::npos) return from + static_cast<std::int64_t>(newline) + 1;
    place = from;
  }
  return 0;
}

void FileSource::check_seekable() const {
  if (::lseek(descriptor_, 0, SEEK_CUR) >= 0) return;
  throw Failure({.code = "intake.no_file",
                 .message = fmt::format("{} is a pipe or a device, which can be read only once",
                                        options_.file.string()),
                 .hint = "give it as standard input: input.file = -"});
}

void FileSource::check_not_cut(std::int64_t read) {
  const auto now = size();
  if (now >= static_cast<std::uint64_t>(read)) return;
  throw Failure(
      {.code = "intake.file_shrank",
       .message = fmt::format("{} bytes were read of the input of this name, and {} has "
                              "only {}: it was cut, or it is another file",
                              read, options_.file.string(), now),
       .hint = "append to an input, never cut it; another input needs another input.name"});
}

/// `before`: the fingerprint of the file that was read up to `next`.
void FileSource::check_same(const std::string& before, std::int64_t next) {
  check_not_cut(next);
  if (before.empty()) return;
  std::size_t length = 0;
  std::from_chars(before.data(), before.data() + before.size(), length);
  if (fingerprint_of(std::min(length, fingerprint_size_max)) == before) return;
  throw Failure({.code = "intake.other_input",
                 .message = fmt::format("{} begins differently from the file that was read under "
                                        "this name",
                                        options_.file.string()),
                 .hint = "give each input a name of its own: input.name"});
}

ByteSource::Came FileSource::read(LineBuffer& buffer) {
  const auto count = read_at(buffer.end_offset(), buffer.room());
  buffer.filled(count);
  if (count > 0) return Came::bytes;
  check_not_cut(buffer.end_offset());
  replaced_ = is_replaced();
  return options_.follow ? Came::nothing : Came::end;
}

/// Whether another file has the name now. Until then one that was renamed may still grow.
bool FileSource::is_replaced() const {
  struct stat own = {};
  struct stat named = {};
  if (::fstat(descriptor_, &own) != 0 || ::stat(options_.file.c_str(), &named) != 0) return false;
  return own.st_dev != named.st_dev || own.st_ino != named.st_ino;
}

std::optional<Problem> FileSource::problem() const {
  if (!replaced_) return std::nullopt;
  return Problem{.code = "intake.file_replaced",
                 .field = options_.file.string(),
                 .message =
                     "another file has this name now; the one that was opened is read to "
                     "its end, and this one is not",
                 .hint =
                     "start again with another input.name to read it; append to an input "
                     "instead of putting another in its place"};
}

std::size_t FileSource::read_at(std::int64_t offset, std::span<char> room) {
  for (;;) {
    const auto count = ::pread(descriptor_, room.data(), room.size(), offset);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) fail("reading");
  }
}

std::string FileSource::fingerprint() {
  if (!fingerprint_.empty()) return fingerprint_;
  const auto length = std::min<std::uint64_t>(size(), fingerprint_size_max);
  auto text = fingerprint_of(length);
  if (length == fingerprint_size_max) fingerprint_ = text;
  return text;
}

/// How long the beginning is that it stands for, and its digest.
std::string FileSource::fingerprint_of(std::size_t size) {
  std::string beginning(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto room = std::span(beginning).subspan(filled);
    const auto count = read_at(static_cast<std::int64_t>(filled), room);
    if (count == 0) break;
    filled += count;
  }
  beginning.resize(filled);
  const auto digest = security::digest(beginning);
  return fmt::format("{}:{}", size, to_hex(security::as_bytes(digest)));
}

std::uint64_t FileSource::size() {
  struct stat facts = {};
  if (::fstat(descriptor_, &facts) != 0) fail("looking at");
  return static_cast<std::uint64_t>(facts.st_size);
}

void FileSource::close() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void FileSource::fail(const char* doing) const {
  throw Failure({.code = "intake.io",
                 .message = fmt::format("{} {}: {}", doing, options_.file.string(),
                                        std::generic_category().message(errno)),
                 .hint = "check the input's path and permissions"});
}

}  // namespace

std::unique_ptr<LineSource> file_source(FileSourceOptions options) {
  return std::make_unique<FileSource>(std::move(options));
}

}  // namespace tidemark::intake
