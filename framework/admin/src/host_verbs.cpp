#include "tidemark/base/failure.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {
namespace {

/// An application that cannot start or go on has failed; that is no wrong usage of the tool.
int run(const ToolContext& context, HostApplication& host) {
  try {
    return host.run();
  } catch (const Failure& failure) {
    context.fail({.code = failure.code(),
                  .field = {},
                  .message = failure.message(),
                  .hint = failure.hint()});
    return exit_findings;
  }
}

}  // namespace

void add_host_verbs(CLI::App& tool, ToolContext& context) {
  auto& host = *context.environment().host;
  context.on(add_verb(tool, "run", "run until SIGTERM, or until the input is done"),
             [&context, &host] { return run(context, host); });
  auto& config = add_group(tool, "config", "the configuration");
  context.on(add_verb(config, "show", "each value and where it comes from"),
             [&context, &host] { return context.show(host.configuration()); });
}

}  // namespace tidemark::admin
