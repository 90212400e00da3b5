#include "tidemark/admin/input_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

void add_refused(CLI::App& group, ToolContext& context) {
  auto& verb = add_verb(group, "refused", "commands of lines that nothing came of, and why");
  const auto query = std::make_shared<RefusedInput>();  // lives as long as the verb's action
  verb.add_option("NAME", query->input, "the input's name")->capture_default_str();
  verb.add_flag("--failed", query->failed_only,
                "only those that could not be carried out, not those that the business rejected");
  add_limit(verb, query->limit, "commands at most");
  verb.add_option("--after", query->after, "those behind this id; default: the newest");
  context.on(verb,
             [&context, query] { return context.show(input_refused(context.site(), *query)); });
}

}  // namespace

void add_input_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "input", "lines that came in, and what became of them");
  context.on(add_verb(group, "list", "inputs, how far they are read, and what became of it"),
             [&context] { return context.show(input_list(context.site())); });
  add_refused(group, context);
}

}  // namespace tidemark::admin
