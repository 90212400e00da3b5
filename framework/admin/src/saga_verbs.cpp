#include "tidemark/admin/saga_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

using InstanceReport = Result<Report, Problem> (*)(const Site&, const InstanceName&);

struct InstanceVerb {
  const char* name;
  const char* about;
  InstanceReport report;
};

void add_instance_verb(CLI::App& saga, ToolContext& context, const InstanceVerb& which) {
  auto& verb = add_verb(saga, which.name, which.about);
  const auto name = std::make_shared<InstanceName>();  // lives as long as the verb's action
  add_instance(verb, *name);
  context.on(verb, [&context, name, report = which.report] {
    return context.show(report(context.site(), *name));
  });
}

void add_list(CLI::App& saga, ToolContext& context) {
  auto& verb = add_verb(saga, "list", "list instances");
  const auto query = std::make_shared<saga::InstanceQuery>();  // as above
  verb.add_option("SAGA", query->saga, "only of this saga");
  verb.add_option("--state", query->state, "only in this state");
  verb.add_option("--status", query->status, "only these")
      ->check(CLI::IsMember({"running", "paused", "suspended", "finished", "cancelled"}));
  verb.add_option("--prefix", query->instance_prefix, "only names that begin so");
  verb.add_option("--after", query->after_instance, "only behind this name");
  add_limit(verb, query->limit, "instances at most");
  context.on(verb, [&context, query] { return context.show(saga_list(context.site(), *query)); });
}

void add_count(CLI::App& saga, ToolContext& context) {
  auto& verb = add_verb(saga, "count", "count instances by state and status");
  const auto name = std::make_shared<std::string>();  // as above
  verb.add_option("SAGA", *name, "only of this saga");
  context.on(verb, [&context, name] { return context.show(saga_count(context.site(), *name)); });
}

void add_chart(CLI::App& saga, ToolContext& context) {
  struct Options {
    std::string saga;
    std::string format = "mermaid";
  };
  auto& verb = add_verb(saga, "chart", "draw a saga's table");
  const auto options = std::make_shared<Options>();  // as above
  verb.add_option("SAGA", options->saga, "which")->required();
  verb.add_option("--format", options->format, "how")
      ->check(CLI::IsMember({"mermaid", "dot"}))
      ->capture_default_str();
  context.on(verb, [&context, options] {
    return context.show(saga_chart(context.site(), options->saga, options->format));
  });
}

}  // namespace

void add_instance(CLI::App& verb, InstanceName& name) {
  verb.add_option("SAGA", name.saga, "the saga's name")->required();
  verb.add_option("INSTANCE", name.instance, "the instance's name")->required();
}

CLI::App& add_saga_verbs(CLI::App& tool, ToolContext& context) {
  auto& saga = add_group(tool, "saga", "long work: where each instance is, and why");
  add_list(saga, context);
  add_count(saga, context);
  add_instance_verb(saga, context,
                    {"show", "where an instance is, what it knows, what is open", &saga_show});
  add_instance_verb(saga, context, {"history", "every record of its journal", &saga_history});
  add_instance_verb(saga, context, {"why", "why it is where it is", &saga_why});
  add_chart(saga, context);
  return saga;
}

void add_timer_verbs(CLI::App& tool, ToolContext& context) {
  auto& timer = add_group(tool, "timer", "what sagas wait for in time");
  auto& verb = add_verb(timer, "list", "armed timers by when they are due");
  const auto query = std::make_shared<TimerQuery>();  // as above
  verb.add_option("--saga", query->saga, "only of this saga");
  verb.add_flag("--overdue", query->overdue, "only those that should have fired");
  add_limit(verb, query->limit, "timers at most");
  context.on(verb, [&context, query] { return context.show(timer_list(context.site(), *query)); });
}

}  // namespace tidemark::admin
