#include "tidemark/admin/group_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {

CLI::App& add_group_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "group", "consumers that share the events of the log");
  auto& list = add_verb(group, "list", "all of them, and how far they are");
  context.on(list, [&context] { return context.show(group_list(context.site())); });
  auto& show = add_verb(group, "show", "its members, what waits, and who has which keys");
  const auto name = std::make_shared<std::string>();  // lives as long as the verb's action
  show.add_option("GROUP", *name, "its name in the list")->required();
  context.on(show, [&context, name] { return context.show(group_show(context.site(), *name)); });
  return group;
}

}  // namespace tidemark::admin
