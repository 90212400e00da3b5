#include "tidemark/admin/console.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tidemark/runtime/config.hpp"

namespace tidemark::admin {
namespace {

Terminal terminal_of(int descriptor) {
  if (isatty(descriptor) == 0) return {};
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread changes the environment.
  const char* no_colour = std::getenv("NO_COLOR");
  return {.width = known ? size.ws_col : std::size_t{80},
          .colour = no_colour == nullptr || *no_colour == '\0'};
}

std::string user_name() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one call, before any thread but that of signals.
  const auto* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", geteuid());
}

/// Whether who read our output went away, having seen enough: `head`, or a pager.
bool reader_has_left() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/// What was not written whole must not look as if it were.
int finish(int code) {
  std::cout.flush();
  if (std::cout.good() || reader_has_left()) return code;
  std::cerr << "error: tool.cannot_write: the output could not be written whole (is the disk "
               "full?)\n";
  return exit_usage;
}

}  // namespace

int run_console(const Console& console, runtime::Signals& signals) {
  const SystemClock clock;
  SystemRandom random;
  return finish(run_tool(std::vector<std::string>(console.argv + 1, console.argv + console.argc),
                         std::cout, std::cerr,
                         {.clock = clock,
                          .random = random,
                          .wait = [&](Micros timeout) { return signals.wait(timeout); },
                          .variables = runtime::process_environment(),
                          .terminal = terminal_of(STDOUT_FILENO),
                          .program = console.program,
                          .version = console.version,
                          .user = user_name(),
                          .templates = console.templates,
                          .host = console.host,
                          .engines = console.engines}));
}

}  // namespace tidemark::admin
