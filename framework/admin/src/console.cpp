#include "tidemark/admin/console.hpp"

#include <fmt/format.h>
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

}  // namespace

int run_console(const Console& console, runtime::Signals& signals) {
  const SystemClock clock;
  SystemRandom random;
  return run_tool(std::vector<std::string>(console.argv + 1, console.argv + console.argc),
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
                   .host = console.host});
}

}  // namespace tidemark::admin
