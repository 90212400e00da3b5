#include <fmt/format.h>

#include "findings.hpp"
#include "tidemark/saga/delayed_index.hpp"

namespace tidemark::admin {

void check_delayed(Examination& examination) {
  constexpr const char* subject = "delayed commands";
  const auto& site = examination.site;
  auto file = site.open(saga::delayed_index_file);
  if (!file) return;
  const saga::DelayedIndex index(*file);
  const auto failed = index.list({.state = "failed", .limit = 1});
  if (!failed.empty()) {
    examination.bad(subject,
                    {.code = "delayed.failed",
                     .field = {},
                     .message = fmt::format("{} ({}) could not be carried out: {}", failed[0].id,
                                            failed[0].type, failed[0].message),
                     .hint = "`delayed list --state failed` lists all; mend the cause, then "
                             "`delayed retry` or `delayed cancel`"});
  }
  const auto late = site.time_of_application() - examination.options.patience;
  const auto due = index.list({.state = "waiting", .due_before = late, .limit = 1});
  if (due.empty()) return;
  const Problem problem{
      .code = "delayed.overdue",
      .field = {},
      .message = fmt::format("{} was due at {}", due[0].id, to_string(due[0].due)),
      .hint = examination.runs ? "look at worker 'delayed commands'; `delayed list --overdue` "
                                 "lists them"
                               : "it runs when the application does"};
  if (examination.runs) {
    examination.bad(subject, problem);
  } else {
    examination.note(subject, problem);
  }
}

}  // namespace tidemark::admin
