#include "change_verb.hpp"
#include "tidemark/admin/operation_reports.hpp"

namespace tidemark::admin {

AddedChange add_change(CLI::App& group, ToolContext& context, const ChangeVerb& which) {
  auto& verb = add_verb(group, which.name, which.about);
  const auto change = std::make_shared<Change>();  // lives as long as the verb's action
  change->verb = group.get_name() + " " + which.name;
  change->would = which.about;
  change->by = context.environment().user;
  for (const auto& argument : which.arguments) {
    verb.add_option(argument.usage, change->arguments[argument.name], argument.about)->required();
  }
  verb.add_option("--reason", change->reason, "why; must be said, and is kept in the log");
  verb.add_option("--by", change->by, "who asks; default: the user of this process");
  verb.add_option("--wait", change->wait,
                  "how long to wait for the application's answer: 500ms, 10s, 2m")
      ->capture_default_str();
  verb.add_flag("--dry-run", change->dry_run, "say what would be done, and do nothing");
  if (change->verb == "projection rebuild") {
    verb.add_flag("--follow", change->follow,
                  "stay until it is live; shows percent, rate and the time left");
    verb.add_flag_callback(
        "--accept-cut", [change] { change->arguments["accept_cut"] = "yes"; },
        "from topics: build it also when retention has cut what the live one holds");
  }
  context.on(verb, [&context, change] { return make_change(context, *change); });
  return {verb, change};
}

void add_projection_changes(CLI::App& group, ToolContext& context) {
  const auto add = [&](const char* name, const char* about) {
    add_change(group, context, {name, about, {{"projection", "PROJECTION", "which"}}});
  };
  add("rebuild", "build it anew beside the live one; when it has caught up it becomes live");
  add("cancel", "give the build under way up; the live one stays");
  add("retry", "let a build that stopped at an event try it again");
  add("rollback", "make the build before the live one live again, at once");
  add("retire", "give the build before the live one up for good");
  add("pause", "stop feeding it, until it is resumed");
  add("resume", "feed it on");
}

void add_saga_changes(CLI::App& group, ToolContext& context) {
  const auto add = [&](const char* name, const char* about) {
    add_change(
        group, context,
        {name,
         about,
         {{"saga", "SAGA", "the saga's name"}, {"instance", "INSTANCE", "the instance's name"}}});
  };
  add("retry", "let a suspended instance handle what suspended it again");
  add("resume", "let a paused instance go on, or a suspended one past the input");
  add("pause", "take no inputs and send no commands; what comes is kept for later");
  add("cancel", "end it for good");
}

void add_parked_changes(CLI::App& group, ToolContext& context) {
  const auto add = [&](const char* name, const char* about) {
    add_change(group, context,
               {name,
                about,
                {{"entry", "ENTRY", "its name in the list, e.g. projection/campaign_minutes/17"}}});
  };
  add("retry", "try the key of this entry again, from its first entry on");
  add("drop", "give this entry up for good, and try what queued behind it");
}

void add_delayed_changes(CLI::App& group, ToolContext& context) {
  const auto add = [&](const char* name, const char* about) {
    add_change(group, context, {name, about, {{"command", "COMMAND", "its id in the list"}}});
  };
  add("cancel", "see to it that it does not run");
  add("retry", "run one that could not be carried out, at once");
}

void add_group_changes(CLI::App& group, ToolContext& context) {
  const ChangeArgument which{"group", "GROUP", "its name in the list"};
  const ChangeArgument key{"key", "KEY", "a key that `group show` lists as parked"};
  add_change(group, context,
             {"retry", "try a parked key again, from the event that failed on", {which, key}});
  add_change(group, context,
             {"drop",
              "pass over the event that a parked key waits for, and try what follows",
              {which, key, {"position", "POSITION", "that event's"}}});
  add_change(group, context,
             {"rewind",
              "go back to a position of the log and handle again what is behind it",
              {which, {"position", "POSITION", "the last one that stays handled"}}});
}

void add_operation_verbs(CLI::App& tool, ToolContext& context) {
  auto& group = add_group(tool, "operation", "who asked the application for what, and why");
  auto& list = add_verb(group, "list", "the newest operations");
  const auto limit = std::make_shared<std::uint64_t>(20);  // lives as long as the verb's action
  add_limit(list, *limit, "operations at most");
  context.on(list,
             [&context, limit] { return context.show(operation_list(context.site(), *limit)); });
  auto& show = add_verb(group, "show", "one operation, and what came of it");
  const auto id = std::make_shared<std::string>();  // as above
  show.add_option("ID", *id, "its id in the list")->required();
  context.on(show, [&context, id] { return context.show(operation_show(context.site(), *id)); });
}

}  // namespace tidemark::admin
