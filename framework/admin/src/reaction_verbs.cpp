#include "tidemark/admin/reaction_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

void add_refused(CLI::App& group, ToolContext& context) {
  auto& verb = add_verb(group, "refused", "commands of a reaction that the business refused");
  const auto query = std::make_shared<RefusedReaction>();  // lives as long as the verb's action
  verb.add_option("REACTION", query->reaction, "as `reaction list` names it")->required();
  add_limit(verb, query->limit, "commands at most");
  verb.add_option("--after", query->after, "those behind this id; default: the newest");
  context.on(verb,
             [&context, query] { return context.show(reaction_refused(context.site(), *query)); });
}

}  // namespace

void add_reaction_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "reaction", "reactions, and what became of their commands");
  context.on(add_verb(group, "list", "reactions, how far they are, and what was refused"),
             [&context] { return context.show(reaction_list(context.site())); });
  add_refused(group, context);
}

}  // namespace tidemark::admin
