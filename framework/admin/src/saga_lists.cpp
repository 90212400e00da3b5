#include <fmt/format.h>

#include "journal.hpp"
#include "tidemark/admin/saga_reports.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* index_file = "sagas.v1.db";

/// The index's file and what it says, when there is one.
class Index {
 public:
  explicit Index(std::unique_ptr<sql::Database> file) : file_(std::move(file)), index_(*file_) {}
  [[nodiscard]] const saga::SagaIndex& operator*() const { return index_; }

 private:
  std::unique_ptr<sql::Database> file_;
  const saga::SagaIndex index_;
};

Result<std::unique_ptr<const Index>, Problem> open_index(const Site& site,
                                                         const std::string& saga) {
  if (!saga.empty()) {
    const auto found = find_saga(site, saga);
    if (!found) return Unexpected(found.error());
  }
  auto file = site.open(index_file);
  if (!file) {
    return Unexpected(Problem{.code = "saga.no_index",
                              .field = {},
                              .message = "there is no index of sagas beside the log",
                              .hint = "start the application once, or name its --directory"});
  }
  return std::make_unique<const Index>(std::move(file));
}

Value status_value(const std::string& status) {
  if (status == "suspended") return Marked{status, Mood::bad};
  if (status == "paused") return Marked{status, Mood::warning};
  return status;
}

}  // namespace

Result<Report, Problem> saga_list(const Site& site, const saga::InstanceQuery& query) {
  const auto index = open_index(site, query.saga);
  if (!index) return Unexpected(index.error());
  Table table{.name = "instances",
              .columns = {"saga", "instance", "state", "status", "code", "version", "open_commands",
                          "pending_inputs", "timers", "updated_at"},
              .rows = {},
              .if_empty = "no instances"};
  for (const auto& row : (***index).list(query)) {
    table.rows.push_back({row.saga, row.instance, text_or_nothing(row.state),
                          status_value(row.status), text_or_nothing(row.code), row.version,
                          row.open_commands, row.pending_inputs, row.timers, row.updated_at});
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> saga_count(const Site& site, const std::string& saga) {
  const auto index = open_index(site, saga);
  if (!index) return Unexpected(index.error());
  Table table{.name = "counts",
              .columns = {"saga", "state", "status", "instances"},
              .rows = {},
              .if_empty = "no instances"};
  for (const auto& count : (***index).count()) {
    if (!saga.empty() && count.saga != saga) continue;
    table.rows.push_back(
        {count.saga, text_or_nothing(count.state), status_value(count.status), count.instances});
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> timer_list(const Site& site, const TimerQuery& query) {
  const auto index = open_index(site, query.saga);
  if (!index) return Unexpected(index.error());
  Table table{.name = "timers",
              .columns = {"due", "in", "saga", "instance", "timer"},
              .rows = {},
              .if_empty = "no timers"};
  const auto now = site.time_of_application();
  for (const auto& timer : (***index).timers(query.saga, query.limit)) {
    const auto left = timer.due - now;
    if (query.overdue && left >= Micros(0)) continue;
    table.rows.push_back({timer.due, left, timer.saga, timer.instance, timer.input});
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> saga_chart(const Site& site, const std::string& saga,
                                   const std::string& format) {
  const auto found = find_saga(site, saga);
  if (!found) return Unexpected(found.error());
  return Report().add(Text{.name = format, .text = format == "dot" ? found->dot : found->mermaid});
}

}  // namespace tidemark::admin
