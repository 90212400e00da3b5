#include "contract/store/writer_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <vector>

#include "tidemark/base/clock.hpp"

extern char** environ;

namespace tidemark::store {
namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

WriterProcess::WriterProcess(const std::string& address, const WriterPlan& plan) {
  std::vector<std::string> words{TIDEMARK_STORE_WRITER, address};
  for (auto& argument : arguments_of(plan)) words.push_back(std::move(argument));
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
  pipe_ = ends[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int error =
      posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) return;
  close(pipe_);
  fail(error, TIDEMARK_STORE_WRITER);
}

WriterProcess::~WriterProcess() {
  kill();
  close(pipe_);
}

/// Reads what there is. False at the end of the report.
bool WriterProcess::read_some(const TakeLine& take) {
  std::array<char, 65'536> buffer;
  const auto size = read(pipe_, buffer.data(), buffer.size());
  if (size < 0 && errno == EINTR) return true;
  if (size <= 0) return false;
  unfinished_.append(buffer.data(), static_cast<std::size_t>(size));
  std::size_t begin = 0;
  for (auto end = unfinished_.find('\n'); end != std::string::npos;
       end = unfinished_.find('\n', begin)) {
    take(std::string_view(unfinished_).substr(begin, end - begin));
    begin = end + 1;
  }
  unfinished_.erase(0, begin);
  return true;
}

bool WriterProcess::read_for(Micros duration, const TakeLine& take) {
  const SystemClock clock;
  const auto end = clock.monotonic() + duration;
  for (auto left = duration; left > Micros(0); left = end - clock.monotonic()) {
    pollfd readable{.fd = pipe_, .events = POLLIN, .revents = 0};
    const timespec timeout{.tv_sec = left.count() / 1'000'000,
                           .tv_nsec = left.count() % 1'000'000 * 1000};
    const int ready = ppoll(&readable, 1, &timeout, nullptr);
    if (ready > 0 && !read_some(take)) return false;
  }
  return true;
}

int WriterProcess::finish(Micros patience, const TakeLine& take) {
  if (read_for(patience, take)) kill();
  return wait();
}

int WriterProcess::wait() {
  if (process_ == -1) return exit_code_;
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
  if (WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
  return exit_code_;
}

bool WriterProcess::has_ended() {
  int status = 0;
  if (process_ == -1) return true;
  if (waitpid(process_, &status, WNOHANG) != process_) return false;
  process_ = -1;
  if (WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
  return true;
}

void WriterProcess::kill() {
  if (process_ == -1) return;
  ::kill(process_, SIGKILL);
  wait();
}

}  // namespace tidemark::store
