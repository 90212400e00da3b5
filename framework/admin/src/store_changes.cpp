#include "change_verb.hpp"
#include "store_check.hpp"
#include "tidemark/runtime/units.hpp"

namespace tidemark::admin {
namespace {

constexpr ChangeArgument stream_argument{"stream", "STREAM", "its name, <category>-<id>"};

void add_flag(const AddedChange& added, const char* option, const char* name, const char* about) {
  auto change = added.change;  // shared with the verb's action
  added.verb.add_flag_callback(option, [change, name] { change->arguments[name] = "yes"; }, about);
}

CLI::Option* add_option(const AddedChange& added, const char* option, const char* name,
                        const char* about) {
  auto change = added.change;  // as above
  return added.verb.add_option_function<std::string>(
      option, [change, name](const std::string& text) { change->arguments[name] = text; }, about);
}

void add_force(const AddedChange& added) {
  add_flag(added, "--force", "force", "also when a registered consumer has not handled the events");
}

void add_delete(CLI::App& store, ToolContext& context) {
  const auto added =
      add_change(store, context,
                 {"delete",
                  "delete a stream: its events answer as tombstones from then on, and "
                  "their data go",
                  {stream_argument}});
  auto change = added.change;
  added.verb.add_flag_callback(
      "--hard", [change] { change->arguments["deletion"] = "hard"; },
      "for ever: nobody may write to this name again");
  add_force(added);
}

void add_truncate(CLI::App& store, ToolContext& context) {
  const auto added = add_change(
      store, context,
      {"truncate", "give up the events of a stream before a version", {stream_argument}});
  add_option(added, "--before", "before", "the first version that stays")
      ->required()
      ->check(whole_number());
  add_force(added);
}

void add_retain(CLI::App& store, ToolContext& context) {
  const auto added =
      add_change(store, context,
                 {"retain", "say how much of a stream is kept, from now on", {stream_argument}});
  auto* count =
      add_option(added, "--max-count", "max_count", "the newest so many events, at least 1")
          ->check(whole_number());
  auto* age = add_option(added, "--max-age", "max_age",
                         "events not older than this by the time they were stored: 90d, 12h")
                  ->check([](const std::string& text) {
                    return runtime::parse_duration(text) ? std::string()
                                                         : text + " is no length of time; 90d is";
                  });
  const auto off = std::make_shared<bool>(false);  // lives as long as the verb's action
  added.verb.add_flag("--off", *off, "keep all of it again")->excludes(count)->excludes(age);
  context.on(added.verb, [&context, off, change = added.change] {
    const bool limits =
        change->arguments.contains("max_count") || change->arguments.contains("max_age");
    if (limits || *off) return make_change(context, *change);
    return context.fail({.code = "usage",
                         .field = "--max-count",
                         .message = "nothing says how much is to be kept",
                         .hint = "say --max-count, --max-age or both, or --off"});
  });
}

void add_skip(CLI::App& store, ToolContext& context) {
  const auto added =
      add_change(store, context,
                 {"skip",
                  "have every reader pass over one event, as if it were a tombstone; its "
                  "data stay",
                  {{"event", "EVENT", "its id"}}});
  add_flag(added, "--undo", "undo", "let it be read again");
  add_force(added);
}

void add_archive(CLI::App& store, ToolContext& context) {
  const auto added = add_change(store, context,
                                {"archive",
                                 "move the oldest events into cold files beside the log; every "
                                 "read answers as before",
                                 {}});
  add_option(added, "--before", "before",
             "the first event that stays: its position, or a day or time (UTC) from which on "
             "events stay: 2026-01-31")
      ->required()
      ->check([](const std::string& text) {
        const bool is_known =
            whole_number_in(text) || parse_utc_time(text) || parse_utc_time(text + "T00:00:00Z");
        return is_known ? std::string() : text + " is no position, day or time; 2026-01-31 is";
      });
  add_option(added, "--file-events", "file_events",
             "events in one cold file; only whole files are made; default: 1000000")
      ->check([](const std::string& text) {
        return whole_number_in(text).value_or(0) > 0 ? std::string()
                                                     : text + " is no number of events";
      });
  add_force(added);
}

}  // namespace

void add_store_changes(CLI::App& store, ToolContext& context) {
  add_delete(store, context);
  add_truncate(store, context);
  add_retain(store, context);
  add_skip(store, context);
  add_change(store, context,
             {"compact",
              "take out of the file what was deleted and truncated, and what retention "
              "does not keep",
              {}});
  add_archive(store, context);
  add_change(store, context,
             {"forget",
              "take a consumer that is no more off the list, so that nothing waits for it",
              {{"consumer", "CONSUMER", "its name in `store consumers`"}}});
}

}  // namespace tidemark::admin
