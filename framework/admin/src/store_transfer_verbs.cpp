#include <fmt/format.h>

#include <fstream>
#include <limits>

#include "change.hpp"
#include "columns.hpp"
#include "outcomes.hpp"
#include "tidemark/admin/operation_client.hpp"
#include "tidemark/admin/transfer.hpp"
#include "tool_context.hpp"
#include "usage.hpp"
#include "writable_log.hpp"

namespace tidemark::admin {
namespace {

int export_events(ToolContext& context, const EventQuery& query) {
  const auto& site = context.site();
  const auto shown =
      read_events(site, query,
                  {.show =
                       [&](const Facts& facts) {
                         render_json_line(context.out(), facts);
                         return context.out().good();
                       },
                   .keep_going = [&] { return !context.environment().wait(Micros(0)); },
                   .facts = EventExport(site)});
  return shown ? exit_done : context.fail(shown.error());
}

struct ImportVerb {
  std::string file;
  EventImportOptions options;
  Change change;
};

OperationOutcome outcome_of(const EventsImported& imported) {
  auto text = fmt::format("{} stored, {} there already, {} left out",
                          counted(imported.stored, "event"), imported.known, imported.left_out);
  if (!imported.problem) return done(std::move(text));
  auto outcome = refused(*imported.problem);
  outcome.message += "; " + text;
  return outcome;
}

Report report_of(const EventsImported& imported) {
  Facts facts{{"lines", imported.lines},
              {"stored", imported.stored},
              {"there_already", imported.known},
              {"left_out", imported.left_out}};
  Report report;
  report.findings = imported.problem.has_value();
  if (const auto& problem = imported.problem) {
    facts.push_back({"result", Marked{"ended early", Mood::bad}});
    facts.push_back({"code", problem->code});
    facts.push_back({"field", problem->field});
    facts.push_back({"message", problem->message});
    facts.push_back({"hint", text_or_nothing(problem->hint)});
  } else {
    facts.push_back({"result", Marked{"done", Mood::good}});
  }
  return report.add(FactList{.name = {}, .facts = std::move(facts)});
}

/// In this process, also while the application runs: what an operation asks for is stored behind
/// its own event, where older events may not go.
int import_file(ToolContext& context, const ImportVerb& verb) {
  if (const auto flaw = flaw_of_words(verb.change)) return context.fail(*flaw);
  std::ifstream lines(verb.file);
  if (!lines) {
    return context.fail({.code = "import.cannot_read",
                         .field = verb.file,
                         .message = "cannot be opened",
                         .hint = "name a file that `store export` wrote"});
  }
  const auto& site = context.site();
  const auto& environment = context.environment();
  WritableLog log(context, site);
  auto options = verb.options;
  options.keep_going = [&] { return !environment.wait(Micros(0)); };
  const auto imported = import_events(site, *log, environment.random, lines, options);
  OperationClient(*log, environment.clock, environment.random)
      .record({.verb = "store import",
               .arguments = {{"file", verb.file}},
               .by = verb.change.by,
               .reason = verb.change.reason},
              outcome_of(imported));
  return context.show(report_of(imported));
}

void add_export(CLI::App& store, ToolContext& context) {
  auto& verb =
      add_verb(store, "export", "write events as lines of JSON with all that `store import` needs");
  const auto query = std::make_shared<EventQuery>();  // lives as long as the verb's action
  query->limit = std::numeric_limits<std::uint64_t>::max();
  add_event_filters(verb, *query);
  verb.add_option("--limit", query->limit, "events at most")->check(whole_number());
  context.on(verb, [&context, query] { return export_events(context, *query); });
}

void add_import(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "import",
                        "store the events that lines of JSON tell of, each once, with their ids "
                        "and times");
  const auto import = std::make_shared<ImportVerb>();  // as above
  import->change.by = context.environment().user;
  verb.add_option("FILE", import->file, "lines as `store export` writes them")->required();
  verb.add_flag("--recorded-now", import->options.recorded_now,
                "store them as of now: needed where the log has newer ones");
  verb.add_option("--reason", import->change.reason, "why; must be said, and is kept in the log");
  verb.add_option("--by", import->change.by, "who asks; default: the user of this process");
  context.on(verb, [&context, import] { return import_file(context, *import); });
}

}  // namespace

void add_store_transfers(CLI::App& store, ToolContext& context) {
  add_export(store, context);
  add_import(store, context);
}

}  // namespace tidemark::admin
