#include "tidemark/admin/event_reports.hpp"
#include "tidemark/admin/life_reports.hpp"
#include "tidemark/admin/store_reports.hpp"
#include "tool_context.hpp"
#include "usage.hpp"

namespace tidemark::admin {
namespace {

constexpr auto tail_interval = std::chrono::milliseconds(200);

const std::vector<RowPrinter::Column>& event_columns() {
  static const std::vector<RowPrinter::Column> columns{
      {.name = "position", .width = 9, .narrow_width = 8},
      {.name = "recorded_at", .width = 24, .narrow_width = 14},
      {.name = "type", .width = 32, .narrow_width = 19},
      {.name = "stream", .width = 28, .narrow_width = 21},
      {.name = "version", .width = 7, .narrow_width = 7},
      {.name = "data"}};
  return columns;
}

/// Shows events one by one: as lines of a table, or of JSON.
class EventPrinter {
 public:
  explicit EventPrinter(const ToolContext& context)
      : context_(context),
        printer_(context.out(), event_columns(), context.environment().terminal) {}

  bool operator()(const Facts& facts) {
    if (context_.json) {
      render_json_line(context_.out(), facts);
    } else {
      if (!began_) printer_.header();
      printer_.row(facts);
    }
    began_ = true;
    return context_.out().good();
  }
  void flush() { context_.out().flush(); }

 private:
  const ToolContext& context_;
  RowPrinter printer_;
  bool began_ = false;
};

int read(ToolContext& context, const EventQuery& query) {
  EventPrinter printer(context);
  const auto shown =
      read_events(context.site(), query,
                  {.show = [&](const Facts& facts) { return printer(facts); },
                   .keep_going = [&] { return !context.environment().wait(Micros(0)); }});
  if (!shown) return context.fail(shown.error());
  if (*shown == 0 && !context.json) context.out() << "no events\n";
  return exit_done;
}

struct TailOptions {
  EventQuery query;
  std::uint64_t back = 10;
};

int tail(ToolContext& context, const TailOptions& options) {
  auto events = EventTail::start(context.site(), options.query, options.back);
  if (!events) return context.fail(events.error());
  EventPrinter printer(context);
  auto left = options.query.limit;
  while (left > 0 && context.out().good()) {
    const auto shown = events->poll(left, [&](const Facts& facts) { return printer(facts); });
    left -= std::min(left, shown);
    printer.flush();
    if (context.environment().wait(shown > 0 ? Micros(0) : Micros(tail_interval))) break;
  }
  return exit_done;
}

void add_read(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "read", "show events, their payloads as JSON");
  const auto query = std::make_shared<EventQuery>();  // lives as long as the verb's action
  add_event_filters(verb, *query);
  verb.add_flag("--backward", query->backward, "newest first");
  add_limit(verb, query->limit, "events at most");
  context.on(verb, [&context, query] { return read(context, *query); });
}

void add_tail(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "tail", "show events as they are appended, until Ctrl-C");
  const auto options = std::make_shared<TailOptions>();  // as above
  options->query.limit = std::numeric_limits<std::uint64_t>::max();
  add_event_filters(verb, options->query);
  verb.add_option("--back", options->back, "start with so many that are there already")
      ->capture_default_str()
      ->check(whole_number());
  verb.add_option("--limit", options->query.limit, "stop after so many")->check(whole_number());
  context.on(verb, [&context, options] { return tail(context, *options); });
}

void add_streams(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "streams", "list streams with their versions");
  const auto query = std::make_shared<StreamQuery>();  // as above
  verb.add_option("--category", query->category, "only this category");
  verb.add_option("--after", query->after, "only streams behind this name");
  add_limit(verb, query->limit, "streams at most");
  context.on(verb,
             [&context, query] { return context.show(store_streams(context.site(), *query)); });
}

void add_verify(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "verify",
                        "check that the log is as it was written, and its checkpoints; reads it "
                        "all");
  verb.add_option("--verifier", context.verifier_keys,
                  "a key that `key create` showed: the newest checkpoint must be signed by one of "
                  "those given; repeatable")
      ->allow_extra_args(false);
  context.on(verb, [&context] {
    return context.show(store_verify(
        context.site(), [&](auto, auto) { return !context.environment().wait(Micros(0)); }));
  });
}

void add_skipped(CLI::App& store, ToolContext& context) {
  auto& verb = add_verb(store, "skipped", "list the events that every reader passes over");
  struct Page {
    std::uint64_t after = 0;
    std::uint64_t limit = 100;
  };
  const auto page = std::make_shared<Page>();  // as above
  verb.add_option("--after", page->after, "only behind this position")->check(whole_number());
  add_limit(verb, page->limit, "events at most");
  context.on(verb, [&context, page] {
    return context.show(store_skipped(context.site(), page->after, page->limit));
  });
}

}  // namespace

void add_event_filters(CLI::App& verb, EventQuery& query) {
  verb.add_option("--from", query.from, "first position; with --stream the first version")
      ->check(whole_number());
  verb.add_option_function<std::string>(
          "--since", [&query](const std::string& text) { query.since = parse_utc_time(text); },
          "only what was recorded at this time or later: 2026-11-01T08:00:00Z")
      ->check([](const std::string& text) {
        return parse_utc_time(text) ? std::string() : text + " is no time; 2026-11-01T08:00:00Z is";
      });
  verb.add_option("--stream", query.stream, "only this stream");
  verb.add_option("--category", query.category, "only streams of this category");
  verb.add_option("--type", query.types,
                  "only this type: its full name, or the part behind the last dot; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--tag", query.tags, "only with this tag; repeatable: with all of them")
      ->allow_extra_args(false);
  verb.add_option("--correlation", query.correlation_id, "only this conversation");
}

CLI::App& add_store_verbs(CLI::App& tool, ToolContext& context) {
  auto& store = add_group(tool, "store", "the log: what is in it, and whether it is whole");
  context.on(add_verb(store, "info", "what the file is, and how much is in it"),
             [&context] { return context.show(store_info(context.site())); });
  context.on(add_verb(store, "stats", "events by category and type; scans the log"),
             [&context] { return context.show(store_stats(context.site())); });
  add_verify(store, context);
  add_integrity_verbs(store, context);
  add_upgrade(store, context);
  add_streams(store, context);
  add_read(store, context);
  add_tail(store, context);
  add_skipped(store, context);
  context.on(add_verb(store, "consumers",
                      "list who must not lose events, and how far each had come when it last said"),
             [&context] { return context.show(store_consumers(context.site())); });
  return store;
}

}  // namespace tidemark::admin
