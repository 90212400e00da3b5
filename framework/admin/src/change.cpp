#include "change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "change_check.hpp"
#include "follow_build.hpp"
#include "presence.hpp"
#include "store_check.hpp"
#include "tidemark/admin/delayed_reports.hpp"
#include "tidemark/admin/group_reports.hpp"
#include "tidemark/admin/operation_client.hpp"
#include "tidemark/admin/operation_reports.hpp"
#include "tidemark/admin/operation_worker.hpp"
#include "tidemark/admin/parked_reports.hpp"
#include "tidemark/admin/projection_reports.hpp"
#include "tidemark/admin/saga_reports.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/runtime/units.hpp"
#include "writable_log.hpp"

namespace tidemark::admin {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(50);

std::optional<Problem> problem_in(const Result<Report, Problem>& report) {
  if (report) return std::nullopt;
  return report.error();
}

/// A problem when what the change is about is not there.
std::optional<Problem> look_at_target(const Site& site, const Change& change) {
  const auto argument = [&](const char* name) { return change.argument(name); };
  if (change.verb.starts_with("store ")) return flaw_of_target(site, change);
  if (change.verb.starts_with("projection ")) {
    return problem_in(projection_show(site, argument("projection")));
  }
  if (change.verb.starts_with("delayed ")) {
    return problem_in(delayed_show(site, argument("command")));
  }
  if (change.verb.starts_with("group ")) return problem_in(group_show(site, argument("group")));
  if (change.verb.starts_with("parked ")) return problem_in(parked_show(site, argument("entry")));
  return problem_in(saga_show(site, {.saga = argument("saga"), .instance = argument("instance")}));
}

/// Whether an application executes operations on these files. Where there is no lock to ask, for
/// files that are nowhere on disk and for a store whose application runs on another machine, only
/// an answer tells.
bool is_running(const ToolContext& context, const Site& site) {
  const auto& environment = context.environment();
  const auto lock = site.directory() / operations_lock;
  const bool elsewhere = !context.has_file() && !std::filesystem::exists(lock);
  if (!environment.vfs.empty() || elsewhere) return environment.host == nullptr;
  return Presence::is_taken(lock);
}

Problem no_application(const Site& site, const Change& change) {
  const auto& application = site.manifest().application;
  return {.code = "operation.no_application",
          .field = {},
          .message = "no application runs on this log, so nobody would do it",
          .hint = fmt::format("start it, or use `{} {} …`: the application's own binary does it "
                              "itself",
                              application.empty() ? "<application>" : application, change.verb)};
}

/// What would be done, or the refusal that the change itself would come to.
int show_plan(const ToolContext& context, const Site& site, const Change& change) {
  const auto flaw = flaw_of_change(site, change);
  Facts facts{{"would", change.would}};
  for (const auto& [name, value] : change.arguments) facts.push_back({name, value});
  std::ranges::copy(facts_of_store_change(site, change), std::back_inserter(facts));
  facts.push_back({"by", change.by});
  facts.push_back({"reason", change.reason});
  facts.push_back({"application_runs", is_running(context, site)});
  if (flaw) {
    facts.front() = {"would_not", change.would};
    facts.push_back({"result", Marked{"would be refused", Mood::bad}});
    facts.push_back({"code", flaw->code});
    facts.push_back({"message", flaw->message});
    facts.push_back({"hint", text_or_nothing(flaw->hint)});
  }
  Report report;
  report.findings = flaw.has_value();
  return context.show(report.add(FactList{.name = {}, .facts = std::move(facts)}));
}

/// Executes what is asked for in this process, if the application does not.
class Executor {
 public:
  Executor(const ToolContext& context, const Site& site, store::StoreEngine& log) {
    const auto& environment = context.environment();
    if (is_running(context, site)) return;
    target_ = environment.host->operations(log);
    OperationWorkerOptions options;
    if (environment.vfs.empty()) options.directory = site.directory();
    worker_ = std::make_unique<OperationWorker>(log, *target_, environment.clock, options);
  }
  /// Whether it is this process that executes.
  [[nodiscard]] bool works() const { return worker_ != nullptr; }
  void step() {
    if (!worker_) return;
    try {
      while (worker_->step().did == runtime::Step::Did::work) continue;
    } catch (const Failure& failure) {
      if (!failure.retryable()) throw;
    }
  }

 private:
  std::unique_ptr<OperationTarget> target_;
  std::unique_ptr<OperationWorker> worker_;
};

/// What came of it, and who did it.
Report outcome_report(const OperationRecord& record, bool here) {
  auto report = operation_report(record);
  auto& facts = std::get<FactList>(report.sections.front()).facts;
  facts.push_back({"executed_by", here ? "this process" : "the application"});
  return report;
}

int unanswered(const ToolContext& context, const OperationRecord& record, const Change& change) {
  const auto id = to_string(record.operation.id);
  if (record.state == OperationState::withdrawn) {
    return context.fail({.code = "operation.no_answer",
                         .field = {},
                         .message = fmt::format("the application did not take it within {}; it is "
                                                "withdrawn and will not be done later",
                                                change.wait),
                         .hint = "look whether its worker 'operations' runs, or --wait longer"});
  }
  return context.fail({.code = "operation.under_way",
                       .field = id,
                       .message = "the application has begun and is not done yet",
                       .hint = fmt::format("`operation show {}` tells when it is", id)});
}

int ask(ToolContext& context, const Change& change, Micros patience) {
  const auto& environment = context.environment();
  const auto& site = context.site();
  WritableLog log(context, site);
  OperationClient client(*log, environment.clock, environment.random);
  Executor executor(context, site, *log);
  const auto until = environment.clock.monotonic() + patience;
  const auto id = client.request({.verb = change.verb,
                                  .arguments = change.arguments,
                                  .by = change.by,
                                  .reason = change.reason},
                                 patience);
  auto record = client.look(id);
  for (bool stop = false; !stop && record.state != OperationState::finished;) {
    executor.step();
    record = client.look(id);
    stop = environment.wait(record.state == OperationState::finished ? Micros(0) : look_interval) ||
           environment.clock.monotonic() >= until;
  }
  if (record.state != OperationState::finished) record = client.withdraw(id, change.by);
  if (record.state == OperationState::finished) {
    const int code = context.show(outcome_report(record, executor.works()));
    const bool builds = code == exit_done || record.outcome.code == "projection.rebuild_running";
    if (!builds || !change.follow) return code;
    const auto& projection = change.arguments.at("projection");
    const auto worker = executor.works() ? environment.host->projection(projection, *log) : nullptr;
    return follow_build(context, projection, worker.get());
  }
  return unanswered(context, record, change);
}

/// What is wrong with a text that is to be kept in the log.
std::optional<Problem> flaw_of(const char* option, const std::string& text) {
  if (!is_utf8(text)) {
    return Problem{.code = "usage",
                   .field = option,
                   .message = "is no UTF-8 text",
                   .hint = "look at the terminal's character set"};
  }
  if (text.find_first_not_of(" \t\r\n") != std::string::npos) return std::nullopt;
  return Problem{.code = "operation.no_reason",
                 .field = option,
                 .message = "is missing",
                 .hint = "say it, for those who read the log later"};
}

}  // namespace

std::string Change::argument(const std::string& name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string() : found->second;
}

std::optional<Problem> flaw_of_words(const Change& change) {
  if (auto flaw = flaw_of("--reason", change.reason)) return flaw;
  return flaw_of("--by", change.by);
}

int make_change(ToolContext& context, const Change& change) {
  if (const auto flaw = flaw_of_words(change)) return context.fail(*flaw);
  for (const auto& [name, value] : change.arguments) {
    if (const auto flaw = flaw_of(name.c_str(), value)) return context.fail(*flaw);
  }
  const auto patience = runtime::parse_duration(change.wait);
  if (!patience) {
    return context.fail({.code = "usage",
                         .field = "--wait",
                         .message = change.wait + " is no length of time",
                         .hint = "a whole number with ms, s or m: 10s"});
  }
  const auto& site = context.site();
  if (const auto flaw = look_at_target(site, change)) return context.fail(*flaw);
  if (!is_running(context, site) && context.environment().host == nullptr) {
    return context.fail(no_application(site, change));
  }
  if (change.dry_run) return show_plan(context, site, change);
  return ask(context, change, *patience);
}

}  // namespace tidemark::admin
