#include "tidemark/admin/parked_reports.hpp"
#include "tidemark/admin/projection_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {

CLI::App& add_projection_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "projection", "read models: how far they are, and their builds");
  context.on(add_verb(group, "list", "every build of every read model"),
             [&context] { return context.show(projection_list(context.site())); });
  auto& verb = add_verb(group, "show", "one projection, and its build under way");
  const auto name = std::make_shared<std::string>();  // lives as long as the verb's action
  verb.add_option("PROJECTION", *name, "which")->required();
  context.on(verb,
             [&context, name] { return context.show(projection_show(context.site(), *name)); });
  return group;
}

CLI::App& add_parked_verbs(CLI::App& tool, ToolContext& context) {
  struct ListOptions {
    std::string feed;
    std::uint64_t limit = 100;
  };
  auto& group =
      add_group(tool, "parked", "events that could not be handled, and what waits behind");
  auto& list = add_verb(group, "list", "what is set aside, by feed and in order");
  const auto options = std::make_shared<ListOptions>();  // as above
  list.add_option("FEED", options->feed, "only of this feed, e.g. projection/campaign_minutes");
  add_limit(list, options->limit, "entries at most");
  context.on(list, [&context, options] {
    return context.show(parked_list(context.site(), options->feed, options->limit));
  });
  auto& show = add_verb(group, "show", "everything about one entry, its payload too");
  const auto name = std::make_shared<std::string>();  // as above
  show.add_option("ENTRY", *name, "its name in the list, e.g. projection/campaign_minutes/17")
      ->required();
  context.on(show, [&context, name] { return context.show(parked_show(context.site(), *name)); });
  return group;
}

}  // namespace tidemark::admin
