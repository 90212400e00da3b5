#include "tidemark/admin/operation_reports.hpp"

#include <fmt/format.h>

namespace tidemark::admin {
namespace {

std::string arguments_text(const Operation& operation) {
  std::string text;
  for (const auto& [name, value] : operation.arguments) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

Value result_value(const OperationRecord& record) {
  if (record.state != OperationState::finished) {
    return Marked{std::string(to_string(record.state)), Mood::warning};
  }
  if (record.outcome.ok) return Marked{"done", Mood::good};
  return Marked{"refused", Mood::bad};
}

}  // namespace

Report operation_list(const Site& site, std::uint64_t limit) {
  Table table{.name = "operations",
              .columns = {"requested_at", "verb", "arguments", "by", "reason", "result", "message",
                          "operation_id"},
              .rows = {},
              .if_empty = "nobody has asked for anything yet"};
  for (const auto& record : newest_operations(site.store(), limit)) {
    const auto& operation = record.operation;
    table.rows.push_back({record.requested_at, operation.verb, arguments_text(operation),
                          operation.by, operation.reason, result_value(record),
                          text_or_nothing(record.outcome.message), to_string(operation.id)});
  }
  return Report().add(std::move(table));
}

Report operation_report(const OperationRecord& record) {
  const auto& operation = record.operation;
  const auto& outcome = record.outcome;
  FactList list{.name = {},
                .facts = {{"operation_id", to_string(operation.id)},
                          {"verb", operation.verb},
                          {"arguments", text_or_nothing(arguments_text(operation))},
                          {"by", operation.by},
                          {"reason", operation.reason},
                          {"requested_at", record.requested_at},
                          {"result", result_value(record)}}};
  if (!outcome.code.empty()) list.facts.push_back({"code", outcome.code});
  if (!outcome.message.empty()) list.facts.push_back({"message", outcome.message});
  if (!outcome.hint.empty()) list.facts.push_back({"hint", outcome.hint});
  Report report;
  report.findings = record.state == OperationState::finished && !outcome.ok;
  return report.add(std::move(list));
}

Result<Report, Problem> operation_show(const Site& site, const std::string& id) {
  const auto uuid = Uuid::parse(id);
  const auto record = uuid ? read_operation(site.store(), *uuid) : std::nullopt;
  if (record) return operation_report(*record);
  return Unexpected(Problem{.code = "operation.unknown",
                            .field = id,
                            .message = "the log has no such operation",
                            .hint = "`operation list` shows them"});
}

}  // namespace tidemark::admin
