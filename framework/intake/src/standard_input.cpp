#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "byte_source.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::intake {
namespace {

/// Asks whether there is anything before it reads, so that a step never waits for a writer.
class StandardInput final : public ByteSource {
 public:
  explicit StandardInput(int descriptor) : descriptor_(descriptor) {}

  [[nodiscard]] bool resumable() const override { return false; }
  void open(const Reached& /*from*/) override { buffer_.restart(0, 0); }
  [[nodiscard]] std::string description() const override { return "standard input"; }
  [[nodiscard]] std::uint64_t tail() override {
    return static_cast<std::uint64_t>(buffer_.end_offset());
  }

 private:
  Came read(LineBuffer& buffer) override;
  [[noreturn]] static void fail();

  const int descriptor_;
  bool ended_ = false;
};

ByteSource::Came StandardInput::read(LineBuffer& buffer) {
  if (ended_) return Came::end;
  pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const int found = ::poll(&ready, 1, 0);
  if (found < 0 && errno != EINTR) fail();
  if (found <= 0) return Came::nothing;
  const auto room = buffer.room();
  const auto count = ::read(descriptor_, room.data(), room.size());
  if (count < 0) {
    if (errno == EINTR || errno == EAGAIN) return Came::nothing;
    fail();
  }
  buffer.filled(static_cast<std::size_t>(count));
  ended_ = count == 0;
  return ended_ ? Came::end : Came::bytes;
}

void StandardInput::fail() {
  throw Failure(
      {.code = "intake.io",
       .message = fmt::format("reading standard input: {}", std::generic_category().message(errno)),
       .hint = "give the process an input, or no input at all"});
}

}  // namespace

std::unique_ptr<LineSource> standard_input(int descriptor) {
  return std::make_unique<StandardInput>(descriptor);
}

}  // namespace tidemark::intake
