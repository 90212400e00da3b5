#include "tidemark/admin/tool.hpp"

#include <algorithm>

#include "new_project.hpp"
#include "tidemark/base/failure.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* footer =
    R"(Every verb takes --help and --json. Verbs that read may be used while the application runs.
Exit codes: 0 done; 1 something is wrong with what was looked at, or was refused; 2 wrong usage or
environment.)";

std::string about(const ToolEnvironment& environment) {
  if (environment.host == nullptr) return "Looks at a Tidemark application and operates it.";
  return environment.program + ": an application on Tidemark, and the verbs to operate it.";
}

void add_options(CLI::App& tool, ToolContext& context) {
  tool.fallthrough();
  tool.require_subcommand(1);
  if (context.environment().host == nullptr) {
    tool.add_option("-f,--file", context.log,
                    "the log: its file, or the address of its store, postgresql://…; without it "
                    "TIDEMARK_STORE_URL, or tidemark.db in TIDEMARK_DATA_DIRECTORY")
        ->capture_default_str();
    tool.add_option("--directory", context.directory,
                    "where read models and progress lie; default: where the log's file is, or "
                    "TIDEMARK_DATA_DIRECTORY");
  } else {
    tool.add_option("-c,--config", context.launch.config_file, "TOML file with the configuration");
    tool.add_option("-s,--set", context.launch.settings,
                    "one value, section.key=value; may be repeated")
        ->allow_extra_args(false);
  }
  tool.add_flag("--json", context.json, "answer in JSON");
  const auto& version = context.environment().version;
  if (!version.empty()) tool.set_version_flag("--version", version, "say the version");
}

/// Answers for what the parser stopped at: help that was asked for, or a mistake.
int stopped(const CLI::App& tool, const CLI::ParseError& error, const ToolContext& context) {
  if (error.get_exit_code() == 0) return tool.exit(error, context.out(), context.out());
  return context.fail(usage_problem(tool, error));
}

void add_all_store_verbs(CLI::App& tool, ToolContext& context) {
  auto& store = add_store_verbs(tool, context);
  add_store_copies(store, context);
  add_store_transfers(store, context);
  add_store_changes(store, context);
}

int run_action(ToolContext& context) {
  try {
    return context.configure() ? context.action()() : exit_usage;
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
  CLI::App tool(about(environment), environment.program);
  add_options(tool, context);
  if (environment.host != nullptr) add_host_verbs(tool, context);
  add_all_store_verbs(tool, context);
  add_projection_changes(add_projection_verbs(tool, context), context);
  add_saga_changes(add_saga_verbs(tool, context), context);
  add_timer_verbs(tool, context);
  add_delayed_changes(add_delayed_verbs(tool, context), context);
  add_reaction_verbs(tool, context);
  add_parked_changes(add_parked_verbs(tool, context), context);
  add_group_changes(add_group_verbs(tool, context), context);
  add_input_verbs(tool, context);
  add_operation_verbs(tool, context);
  add_report_verbs(tool, context);
  add_key_verbs(tool, context);
  if (!environment.templates.empty()) add_new_verb(tool, context);
  tool.footer(footer);  // last, or every verb inherits it
  try {
    // The parser takes its arguments from the back.
    tool.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    context.json = std::ranges::find(arguments, "--json") != arguments.end();
    return stopped(tool, error, context);
  }
  if (environment.host == nullptr && tool.count("--file") == 0) context.use_variables();
  return run_action(context);
}

}  // namespace tidemark::admin
