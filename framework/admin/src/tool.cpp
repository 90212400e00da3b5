#include "tidemark/admin/tool.hpp"

#include <algorithm>

#include "tidemark/base/failure.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* footer = R"(
Every verb takes --help and --json. Verbs that read may be used while the application runs.
Exit codes: 0 done, 1 something is wrong with what was looked at, 2 wrong usage or environment.)";

void add_options(CLI::App& tool, ToolContext& context) {
  tool.fallthrough();
  tool.require_subcommand(1);
  tool.footer(footer);
  tool.add_option("-f,--file", context.file, "the log's file (TIDEMARK_STORE_FILE)")
      ->capture_default_str();
  tool.add_option("--directory", context.directory,
                  "where read models and progress lie; default: where the log's file is");
  tool.add_flag("--json", context.json, "answer in JSON");
  const auto& version = context.environment().version;
  if (!version.empty()) tool.set_version_flag("--version", version);
}

/// Answers for what the parser stopped at: help that was asked for, or a mistake.
int stopped(const CLI::App& tool, const CLI::ParseError& error, const ToolContext& context) {
  if (error.get_exit_code() == 0) return tool.exit(error, context.out(), context.out());
  return context.fail({.code = "usage",
                       .field = {},
                       .message = error.what(),
                       .hint = context.environment().program + " --help lists the verbs"});
}

int run_action(const ToolContext& context) {
  try {
    return context.action()();
  } catch (const Failure& failure) {
    return context.fail({.code = failure.code(),
                         .field = {},
                         .message = failure.message(),
                         .hint = failure.hint()});
  }
}

}  // namespace

int run_tool(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
             const ToolEnvironment& environment) {
  ToolContext context(out, err, environment);
  CLI::App tool("Looks at a Tidemark application and operates it.", environment.program);
  add_options(tool, context);
  add_store_verbs(tool, context);
  add_projection_changes(add_projection_verbs(tool, context), context);
  add_saga_changes(add_saga_verbs(tool, context), context);
  add_timer_verbs(tool, context);
  add_parked_changes(add_parked_verbs(tool, context), context);
  add_operation_verbs(tool, context);
  try {
    // The parser takes its arguments from the back.
    tool.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    context.json = std::ranges::find(arguments, "--json") != arguments.end();
    return stopped(tool, error, context);
  }
  return run_action(context);
}

}  // namespace tidemark::admin
