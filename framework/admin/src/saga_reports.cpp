#include "tidemark/admin/saga_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "journal.hpp"

namespace tidemark::admin {
namespace {

Value status_value(saga::Status status) {
  std::string text(saga::to_string(status));
  if (status == saga::Status::suspended) return Marked{std::move(text), Mood::bad};
  if (status == saga::Status::paused) return Marked{std::move(text), Mood::warning};
  return text;
}

FactList main_facts(const InstanceName& name, const Journal& journal) {
  const auto& instance = journal.instance;
  return {.name = {},
          .facts = {{"saga", name.saga},
                    {"instance", name.instance},
                    {"state", text_or_nothing(instance.state)},
                    {"status", status_value(journal.status)}}};
}

Table commands_table(const Site& site, const saga::Instance& instance) {
  Table table{.name = "open_commands",
              .columns = {"record", "type", "id", "data"},
              .rows = {},
              .if_empty = "no command is open"};
  for (const auto& open : instance.commands) {
    table.rows.push_back({open.record.value(), open.command.type(), open.command.id(),
                          site.payload(open.command.type(), open.command.data())});
  }
  return table;
}

Table timers_table(const Site& site, const saga::Instance& instance) {
  Table table{.name = "timers",
              .columns = {"due", "in", "timer"},
              .rows = {},
              .if_empty = "no timer is armed"};
  const auto now = site.time_of_application();
  for (const auto& timer : instance.timers) {
    const auto due = UtcTime::from_micros(timer.due());
    table.rows.push_back({due, due - now, timer.input()});
  }
  return table;
}

Table inputs_table(const saga::Instance& instance) {
  Table table{.name = "pending_inputs",
              .columns = {"recorded_at", "type", "id"},
              .rows = {},
              .if_empty = "no input waits"};
  for (const auto& input : instance.pending) {
    table.rows.push_back({UtcTime::from_micros(input.recorded_at()), input.type(), input.id()});
  }
  return table;
}

void add_suspension(const saga::Instance& instance, Facts& facts) {
  if (!instance.suspension) return;
  facts.push_back({"code", Marked{instance.suspension->code(), Mood::bad}});
  facts.push_back({"message", instance.suspension->message()});
  facts.push_back({"hint", instance.suspension->hint()});
}

/// One sentence: what keeps the instance where it is.
std::string because(const InstanceName& name, const Journal& journal) {
  const auto& instance = journal.instance;
  const auto verb = [&](const char* text) {
    return fmt::format("`saga {} {} {} --reason …`", text, name.saga, name.instance);
  };
  switch (journal.status) {
    case saga::Status::finished:
      return "it is finished: its state is final and nothing is open";
    case saga::Status::cancelled:
      return "a person cancelled it; " + journal.lines.back().detail;
    case saga::Status::paused:
      return fmt::format("it is paused, {}; {} lets it go on", journal.lines.back().detail,
                         verb("resume"));
    case saga::Status::suspended:
      return fmt::format(
          "it cannot go on by itself; {} tries again, {} passes over the input, {} "
          "ends it",
          verb("retry"), verb("resume"), verb("cancel"));
    case saga::Status::running:
      break;
  }
  if (!instance.pending.empty()) {
    return fmt::format("{} inputs wait to be handled: the saga's worker is behind, or stopped",
                       instance.pending.size());
  }
  if (!instance.commands.empty()) {
    return fmt::format("it sent {} and waits for the outcome",
                       instance.commands.front().command.type());
  }
  return "it waits for one of the inputs below";
}

/// The rows that could move it on from its state.
Table waits_table(const Manifest::Saga& saga, const saga::Instance& instance) {
  Table table{.name = "waits_for",
              .columns = {"input", "goes_to", "due", "guarded"},
              .rows = {},
              .if_empty = "nothing leads on from this state"};
  // Before its first transition an instance is nowhere, which means in the initial state.
  const auto& state = instance.state.empty() ? saga.states.front().name : instance.state;
  for (const auto& row : saga.rows) {
    if (row.from != state) continue;
    Value due;
    for (const auto& timer : instance.timers) {
      if (timer.input() == row.input) due = UtcTime::from_micros(timer.due());
    }
    table.rows.push_back({row.input, row.to.empty() ? "(stays)" : row.to, due, row.guarded});
  }
  return table;
}

}  // namespace

Result<Report, Problem> saga_show(const Site& site, const InstanceName& name) {
  const auto saga = find_saga(site, name.saga);
  const auto journal = read_journal(site, name);
  if (!journal) return Unexpected(journal.error());
  const auto& instance = journal->instance;
  auto list = main_facts(name, *journal);
  list.facts.insert(list.facts.end(),
                    {{"version", instance.version.value()},
                     {"started_at", instance.started_at},
                     {"updated_at", instance.updated_at},
                     {"correlation_id", text_or_nothing(instance.correlation_id)},
                     {"table", instance.table_hash},
                     {"table_is_current", instance.table_hash == saga->table_hash},
                     {"data", site.payload(saga->data, instance.data)}});
  add_suspension(instance, list.facts);
  return Report()
      .add(std::move(list))
      .add(inputs_table(instance))
      .add(commands_table(site, instance))
      .add(timers_table(site, instance));
}

Result<Report, Problem> saga_history(const Site& site, const InstanceName& name) {
  const auto journal = read_journal(site, name);
  if (!journal) return Unexpected(journal.error());
  Table table{
      .name = "history",
      .columns = {"version", "position", "recorded_at", "what", "input", "from", "to", "detail"},
      .rows = {}};
  for (const auto& line : journal->lines) {
    const auto& metadata = line.event.metadata();
    table.rows.push_back({metadata.version.value(), metadata.position.value(), metadata.recorded_at,
                          line.what, text_or_nothing(line.input), text_or_nothing(line.from),
                          text_or_nothing(line.to), text_or_nothing(line.detail)});
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> saga_why(const Site& site, const InstanceName& name) {
  const auto saga = find_saga(site, name.saga);
  const auto journal = read_journal(site, name);
  if (!journal) return Unexpected(journal.error());
  const auto& instance = journal->instance;
  const auto& last = journal->lines.back();
  auto list = main_facts(name, *journal);
  list.facts.insert(list.facts.end(),
                    {{"since", instance.updated_at},
                     {"age", site.time_of_application() - instance.updated_at},
                     {"last_record", fmt::format("{} {}", last.what,
                                                 last.input.empty() ? last.detail : last.input)},
                     {"because", because(name, *journal)}});
  add_suspension(instance, list.facts);
  Report report;
  report.add(std::move(list));
  const bool over =
      journal->status == saga::Status::finished || journal->status == saga::Status::cancelled;
  if (over) return report;
  if (!instance.pending.empty()) report.add(inputs_table(instance));
  if (!instance.commands.empty()) report.add(commands_table(site, instance));
  return report.add(waits_table(*saga, instance));
}

}  // namespace tidemark::admin
