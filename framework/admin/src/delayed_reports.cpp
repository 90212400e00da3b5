#include "tidemark/admin/delayed_reports.hpp"

#include "change_check.hpp"
#include "tidemark/command/delayed_journal.hpp"
#include "tidemark/saga/delayed_index.hpp"

namespace tidemark::admin {
namespace {

using command::DelayedCommand;

Value state_value(std::string_view state) {
  if (state == to_string(DelayedCommand::State::failed)) {
    return Marked{std::string(state), Mood::bad};
  }
  return std::string(state);
}

const char* outcome_of(const DelayedCommand& command) {
  switch (command.kind) {
    case command::Outcome::Kind::accepted:
      return "accepted";
    case command::Outcome::Kind::nothing:
      return "nothing to do";
    case command::Outcome::Kind::rejected:
      break;
  }
  return "rejected";
}

}  // namespace

Result<Report, Problem> delayed_list(const Site& site, const DelayedListQuery& query) {
  auto file = site.open(saga::delayed_index_file);
  if (!file) {
    return Unexpected(Problem{.code = "delayed.no_index",
                              .field = {},
                              .message = "there is no index of delayed commands beside the log",
                              .hint = "start the application once, or name its --directory"});
  }
  Table table{.name = "delayed",
              .columns = {"due", "in", "command_id", "type", "stream", "state", "code", "message",
                          "changed_at"},
              .rows = {},
              .if_empty = "no delayed commands"};
  const auto now = site.time_of_application();
  saga::DelayedQuery asked{.state = query.state, .limit = query.limit};
  if (query.overdue) {
    asked.state = to_string(DelayedCommand::State::waiting);
    asked.due_before = now;
  }
  for (const auto& row : saga::DelayedIndex(*file).list(asked)) {
    table.rows.push_back({row.due, row.due - now, row.id, row.type, row.stream,
                          state_value(row.state), text_or_nothing(row.code),
                          text_or_nothing(row.message), row.changed_at});
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> delayed_show(const Site& site, const std::string& id) {
  const auto command = find_delayed(site, id);
  if (!command) return Unexpected(command.error());
  FactList list{.name = {},
                .facts = {{"command_id", to_string(command->id)},
                          {"type", command->type},
                          {"stream", command->stream},
                          {"due", command->due},
                          {"state", state_value(to_string(command->state))},
                          {"correlation_id", text_or_nothing(command->options.correlation_id)},
                          {"command", site.payload(command->type, command->data)}}};
  if (command->state == DelayedCommand::State::done) {
    list.facts.push_back({"outcome", outcome_of(*command)});
    list.facts.push_back({"code", text_or_nothing(command->rejection.code)});
    list.facts.push_back({"message", text_or_nothing(command->rejection.detail)});
  } else if (command->state == DelayedCommand::State::failed) {
    list.facts.push_back({"code", command->problem.code});
    list.facts.push_back({"message", command->problem.message});
    list.facts.push_back({"hint", command->problem.hint});
  }
  return Report().add(std::move(list));
}

}  // namespace tidemark::admin
