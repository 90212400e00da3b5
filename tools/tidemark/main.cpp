#include <fmt/format.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tidemark/admin/tool.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/runtime/config.hpp"
#include "tidemark/runtime/signals.hpp"

namespace {

tidemark::admin::Terminal terminal_of(int descriptor) {
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

int main(int argc, char** argv) {
  try {
    tidemark::runtime::Signals signals;
    const tidemark::SystemClock clock;
    tidemark::SystemRandom random;
    return tidemark::admin::run_tool(
        std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr,
        {.clock = clock,
         .random = random,
         .wait = [&](tidemark::Micros timeout) { return signals.wait(timeout); },
         .variables = tidemark::runtime::process_environment(),
         .terminal = terminal_of(STDOUT_FILENO),
         .version = TIDEMARK_VERSION,
         .user = user_name(),
         .templates = TIDEMARK_TEMPLATES});
  } catch (const tidemark::Failure& failure) {
    std::cerr << "error: " << failure.what() << '\n';
    return 2;
  }
}
