#include "tidemark/admin/delayed_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {

CLI::App& add_delayed_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "delayed", "commands that are to run later");
  auto& list = add_verb(group, "list", "delayed commands by when they are due");
  const auto query = std::make_shared<DelayedListQuery>();  // lives as long as the verb's action
  list.add_option("--state", query->state, "only those")
      ->check(CLI::IsMember({"waiting", "done", "cancelled", "failed"}));
  list.add_flag("--overdue", query->overdue, "only those that should have run");
  add_limit(list, query->limit, "commands at most");
  context.on(list,
             [&context, query] { return context.show(delayed_list(context.site(), *query)); });
  auto& show = add_verb(group, "show", "one of them, and what became of it");
  const auto id = std::make_shared<std::string>();  // as above
  show.add_option("COMMAND", *id, "its id in the list")->required();
  context.on(show, [&context, id] { return context.show(delayed_show(context.site(), *id)); });
  return group;
}

}  // namespace tidemark::admin
