#include "tidemark/admin/doctor.hpp"

#include <fmt/format.h>

#include <array>

#include "findings.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::admin {
namespace {

struct Check {
  const char* name;
  void (*examine)(Examination&);
};

constexpr std::array checks{Check{"manifest", &check_manifest},
                            Check{"files", &check_files},
                            Check{"chain", &check_chain},
                            Check{"copy", &check_copy},
                            Check{"durability", &check_durability},
                            Check{"disk", &check_disk},
                            Check{"read models", &check_models},
                            Check{"workers", &check_workers},
                            Check{"checkpoints", &check_checkpoints},
                            Check{"lag", &check_lag},
                            Check{"consumers", &check_consumers},
                            Check{"parked work", &check_parked},
                            Check{"input", &check_input},
                            Check{"reactions", &check_reactions},
                            Check{"sagas", &check_sagas},
                            Check{"timers", &check_timers},
                            Check{"delayed", &check_delayed},
                            Check{"operations", &check_operations}};

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::bad:
      break;
  }
  return "bad";
}

Node node_of(const char* check, const Finding& finding) {
  const auto& problem = finding.problem;
  Node node{.text = fmt::format("{}: {}: {} [{}]", name_of(finding.severity), finding.subject,
                                problem.message, problem.code),
            .facts = {{"severity", name_of(finding.severity)},
                      {"check", check},
                      {"subject", finding.subject},
                      {"code", problem.code},
                      {"message", problem.message},
                      {"hint", text_or_nothing(problem.hint)}},
            .children = {}};
  if (!problem.hint.empty())
    node.children.push_back({.text = problem.hint, .facts = {}, .children = {}});
  return node;
}

/// "ok" is said only of what was looked at.
Marked result_of(const Examination& examination, Severity worst) {
  if (worst == Severity::bad) return {name_of(worst), Mood::bad};
  if (worst == Severity::warning) return {name_of(worst), Mood::warning};
  if (!examination.left_out.empty()) return {examination.left_out, Mood::warning};
  return {"ok", Mood::good};
}

/// One thing that cannot be looked at must not hide the others.
void examine(const Check& check, Examination& examination) {
  try {
    check.examine(examination);
  } catch (const Failure& failure) {
    examination.bad(check.name, {.code = failure.code(),
                                 .field = {},
                                 .message = failure.message(),
                                 .hint = failure.hint()});
  }
}

}  // namespace

Report doctor(const Site& site, bool runs, const DoctorOptions& options) {
  Table table{.name = "checks", .columns = {"check", "result"}, .rows = {}};
  Tree tree{.name = "findings", .roots = {}, .whole = true, .if_empty = "nothing is wrong"};
  Report report;
  for (const auto& check : checks) {
    Examination examination(site, runs, options);
    examine(check, examination);
    auto worst = Severity::note;
    for (const auto& finding : examination.findings) {
      worst = std::max(worst, finding.severity);
      tree.roots.push_back(node_of(check.name, finding));
    }
    table.rows.push_back({check.name, result_of(examination, worst)});
    report.findings = report.findings || worst != Severity::note;
    if (!examination.left_out.empty()) tree.if_empty = "nothing is wrong in what was looked at";
  }
  report.add(FactList{.name = {},
                      .facts = {{"application", text_or_nothing(site.manifest().application)},
                                {"runs", runs},
                                {"directory", site.directory().string()}}});
  report.add(std::move(table));
  return report.add(std::move(tree));
}

}  // namespace tidemark::admin
