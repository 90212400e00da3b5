#include "bench/processes.hpp"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

/// Waits for a sign of the other side; false when it is gone.
bool receive(int socket) {
  char sign = 0;
  ssize_t size = 0;
  while ((size = ::read(socket, &sign, 1)) < 0 && errno == EINTR) continue;
  return size == 1;
}

void send(int socket) {
  const char sign = 1;
  if (::send(socket, &sign, 1, MSG_NOSIGNAL) != 1) {
    throw tidemark::Failure({.code = "bench.process", .message = "a process is gone"});
  }
}

/// The life of a child: rounds until nobody asks for another.
[[noreturn]] void work(const Processes::Start& start, unsigned process, int socket) {
  try {
    const auto prepare = start(process);
    while (receive(socket)) {
      const auto round = prepare();
      send(socket);
      if (!receive(socket)) break;
      round();
      send(socket);
    }
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "a process of the benchmark failed: %s\n", exception.what());
    _exit(1);
  }
  // Nothing of the parent's is to be taken down here.
  _exit(0);
}

}  // namespace

Processes::Processes(unsigned count, const Start& start) {
  for (unsigned process = 0; process < count; ++process) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    const auto child = fork();
    if (child == 0) {
      close(ends[0]);
      // Else a brother's end would stay open when the parent goes.
      for (const auto& brother : children_) close(brother.socket);
      work(start, process, ends[1]);
    }
    close(ends[1]);
    children_.push_back({.process = child, .socket = ends[0]});
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  }
}

Processes::~Processes() {
  for (const auto& child : children_) {
    close(child.socket);
    if (child.process <= 0) continue;
    ::kill(child.process, SIGKILL);
    waitpid(child.process, nullptr, 0);
  }
}

void Processes::each_step() {
  for (const auto& child : children_) send(child.socket);
  for (const auto& child : children_) {
    if (receive(child.socket)) continue;
    throw tidemark::Failure({.code = "bench.process", .message = "a process ended early"});
  }
}

void Processes::prepare() { each_step(); }
void Processes::run() { each_step(); }

}  // namespace bench
