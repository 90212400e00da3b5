#include "tool_context.hpp"

namespace tidemark::admin {

void add_host_verbs(CLI::App& tool, ToolContext& context) {
  auto& host = *context.environment().host;
  context.on(add_verb(tool, "run", "run until SIGTERM, or until the input is done"),
             [&host] { return host.run(); });
  auto& config = add_group(tool, "config", "the configuration");
  context.on(add_verb(config, "show", "each value and where it comes from"),
             [&context, &host] { return context.show(host.configuration()); });
}

}  // namespace tidemark::admin
