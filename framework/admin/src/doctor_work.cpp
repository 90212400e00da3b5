#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "findings.hpp"
#include "tidemark/admin/feeds.hpp"
#include "tidemark/admin/input_reports.hpp"
#include "tidemark/admin/operation.hpp"
#include "tidemark/admin/status.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/feed/consumer_group.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/relay/lease.hpp"
#include "tidemark/saga/refused_commands.hpp"
#include "tidemark/saga/saga_index.hpp"
#include "tidemark/saga/window_source.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* index_file = "sagas.v1.db";
constexpr const char* relay_name = "main";

/// Calls `look` with each feed's file that can be opened; others are what `check_files` is for.
template <typename Look>
void for_each_feed(Examination& examination, Look&& look) {
  const auto& site = examination.site;
  for (const auto& feed : feed_files(site)) {
    try {
      auto file = site.open(feed.file);
      if (file) look(feed, *file);
    } catch (const Failure&) {
      examination.leave_out("not all looked at (see files)");
    }
  }
}

std::string projection_of(const std::string& feed) {
  constexpr std::string_view prefix = "projection/";
  const auto name = feed.starts_with(prefix) ? feed.substr(prefix.size()) : std::string();
  return name.substr(0, name.find(".g"));
}

/// What the verbs call who feeds it: its read model, or the worker itself.
std::string way_on(const std::string& feed) {
  const auto projection = projection_of(feed);
  return projection.empty() ? "look at the worker in /healthz and in the application's log"
                            : fmt::format("`projection show {}` tells where it stands", projection);
}

void check_heartbeat(Examination& examination, const std::optional<ApplicationStatus>& status) {
  if (!examination.runs) {
    examination.note("application", {.code = "application.not_running",
                                     .field = {},
                                     .message = status ? "it does not run; it was last seen at " +
                                                             to_string(status->at)
                                                       : std::string("it does not run"),
                                     .hint = "what waits below waits until it is started"});
    return;
  }
  const auto age = status ? examination.site.now() - status->at : Micros::max();
  if (age <= examination.options.heartbeat_max) return;
  examination.bad(
      "application",
      {.code = "application.no_heartbeat",
       .field = {},
       .message = status ? "it runs, but has said nothing since " + to_string(status->at)
                         : std::string("it runs, but says nothing of itself"),
       .hint = "look at its log; if it hangs, end it: nothing is lost"});
}

std::string since_text(const feed::FeedDesk::Progress& progress) {
  if (progress.committed_at == UtcTime()) return "yet";
  return "since " + to_string(progress.committed_at);
}

/// What to do about a worker whose file is of another history than the log.
std::string way_back(const Site& site, const FeedFile& feed) {
  const std::string log = "put back the log that belongs to it";
  const auto projection = projection_of(feed.name);
  if (!projection.empty()) return fmt::format("{}, or `projection rebuild {}`", log, projection);
  if (starts_at_news(site.manifest(), feed.name)) {
    return log +
           ", or its own file of that time; without its file it would begin at the end of "
           "the log and miss what came before";
  }
  return fmt::format("{}; or stop the application and remove {}, which handles everything again",
                     log, feed.file);
}

void check_feed_lag(Examination& examination, const FeedFile& feed, sql::Database& file) {
  const feed::FeedDesk desk(file);
  if (const auto paused = desk.paused()) {
    const auto projection = projection_of(feed.name);
    examination.warn(feed.name, {.code = "feed.paused",
                                 .field = {},
                                 .message = "it is paused: " + *paused,
                                 .hint = fmt::format("`projection resume {} --reason …` lets it go "
                                                     "on",
                                                     projection)});
    return;
  }
  if (!desk.origin()) return;  // it does not follow the log: closed windows, or Kafka
  const auto tail = examination.site.store().high_water().value();
  const auto progress = desk.progress();
  const auto lag = tail - std::min(tail, progress.position.value());
  if (!examination.runs || lag == 0) return;
  const auto since = examination.site.now() - progress.committed_at;
  if (since > examination.options.patience) {
    examination.bad(feed.name, {.code = "feed.stands_still",
                                .field = {},
                                .message = fmt::format("waiting: {}; it has committed nothing {}",
                                                       counted(lag, "event"), since_text(progress)),
                                .hint = way_on(feed.name)});
  } else if (lag > examination.options.lag_max) {
    examination.warn(feed.name,
                     {.code = "feed.lags",
                      .field = {},
                      .message = fmt::format("it is behind by {}", counted(lag, "event")),
                      .hint = "it moves; if that does not become less, its handler or "
                              "the disk is too slow for what comes in"});
  }
}

void check_relay_lag(Examination& examination) {
  const auto& site = examination.site;
  if (!site.manifest().topic_prefix) return;
  const auto published = relay::Lease::published_by(site.store(), relay_name);
  const auto tail = site.store().high_water().value();
  const auto lag = tail - std::min(tail, published.value_or(Position()).value());
  if (!examination.runs || lag <= examination.options.lag_max) return;
  examination.warn("relay", {.code = "relay.lags",
                             .field = {},
                             .message = fmt::format("not published yet: {}", counted(lag, "event")),
                             .hint = "look whether the broker is reachable; appends go on"});
}

void check_input_origin(Examination& examination, const std::string& name) {
  const auto& site = examination.site;
  auto file = site.open_file(name);
  const auto input = file ? intake::progress_in(*file) : std::nullopt;
  const auto origin = input ? intake::origin_in(*file) : std::nullopt;
  if (!origin || store::has_origin(site.store(), *origin)) return;
  examination.bad(
      "intake " + input->name,
      {.code = "store.diverged",
       .field = {},
       .message = fmt::format("its lines came to position {} of another log than this one",
                              origin->checkpoint.position.value()),
       .hint = fmt::format("put back the log that belongs to it; or stop the application and "
                           "remove {}: then the input is read from its beginning, and what the "
                           "log has is left out",
                           name)});
}

void check_group_origin(Examination& examination, const std::string& name) {
  auto& store = examination.site.store();
  const auto view = feed::ConsumerGroupDesk(store).show(name);
  if (!view || !view->origin || store::has_origin(store, *view->origin)) return;
  examination.bad(
      "group " + name,
      {.code = "store.diverged",
       .field = {},
       .message = fmt::format("it handled events of another history, up to position {}",
                              view->origin->checkpoint.position.value()),
       .hint = fmt::format("look at what it made of events that are gone, then `group rewind {} "
                           "<the last position that still holds>`",
                           name)});
}

}  // namespace

void check_workers(Examination& examination) {
  const auto& site = examination.site;
  if (!site.vfs().empty()) return;
  const auto status = read_status(site.directory());
  check_heartbeat(examination, status);
  if (!examination.runs) examination.leave_out("not looked at (it does not run)");
  if (!examination.runs || !status) return;
  for (const auto& worker : status->workers) {
    if (worker.state == observe::HealthState::ok) continue;
    const auto problem = worker.problem.value_or(
        Problem{.code = "worker.unwell", .field = {}, .message = worker.text, .hint = {}});
    // What lies in the files is told by the checks that look there.
    if (problem.code == "worker.parked" || problem.code == "worker.paused") continue;
    if (worker.state == observe::HealthState::failed) {
      examination.bad(worker.worker, problem);
    } else {
      examination.warn(worker.worker, problem);
    }
  }
}

void check_checkpoints(Examination& examination) {
  auto& store = examination.site.store();
  for_each_feed(examination, [&](const FeedFile& feed, sql::Database& file) {
    auto origin = feed::FeedDesk(file).origin();
    if (!origin) origin = saga::windows_origin(file);
    if (!origin || store::has_origin(store, *origin)) return;
    examination.bad(
        feed.name,
        {.code = "store.diverged",
         .field = {},
         .message = fmt::format("it was made from another history: position {} of this log is not "
                                "what it was",
                                origin->checkpoint.position.value()),
         .hint = way_back(examination.site, feed)});
  });
  for (const auto& name : feed::ConsumerGroupDesk(store).list()) {
    try {
      check_group_origin(examination, name);
    } catch (const Failure& failure) {
      examination.bad("group " + name, {.code = failure.code(),
                                        .field = {},
                                        .message = failure.message(),
                                        .hint = failure.hint()});
    }
  }
  for (const auto& name : input_files(examination.site)) {
    try {
      check_input_origin(examination, name);
    } catch (const Failure&) {
      examination.leave_out("not all looked at (see files)");
    }
  }
}

void check_lag(Examination& examination) {
  if (!examination.runs) examination.leave_out("not looked at (it does not run)");
  for_each_feed(examination, [&](const FeedFile& feed, sql::Database& file) {
    check_feed_lag(examination, feed, file);
  });
  check_relay_lag(examination);
  for (const auto& generation : generations_of(examination.site)) {
    if (generation.problem.empty()) continue;
    examination.bad(generation.file,
                    {.code = "projection.build_stopped",
                     .field = {},
                     .message = "its building stopped: " + generation.problem,
                     .hint = fmt::format("mend the cause, then `projection retry {0} --reason …`, "
                                         "or `projection cancel {0} --reason …`",
                                         generation.projection)});
  }
}

void check_parked(Examination& examination) {
  for_each_feed(examination, [&](const FeedFile& feed, sql::Database& file) {
    const auto count = feed::ParkingDesk(file).count();
    if (count == 0) return;
    examination.bad(feed.name,
                    {.code = "parked.waiting",
                     .field = {},
                     .message = fmt::format("set aside: {}", counted(count, "event")),
                     .hint = fmt::format("`parked list {}`; mend the cause, then `parked retry` or "
                                         "`parked drop`",
                                         feed.name)});
  });
}

/// Nobody waited for these answers: a reaction sends and goes on.
void check_reactions(Examination& examination) {
  constexpr std::string_view prefix = "reaction/";
  for_each_feed(examination, [&](const FeedFile& feed, sql::Database& file) {
    const auto count = feed.name.starts_with(prefix) ? saga::refused_count(file) : 0;
    if (count == 0) return;
    examination.warn(
        feed.name,
        {.code = "reaction.commands_refused",
         .field = {},
         .message = fmt::format("refused by the business: {}, the newest with {}",
                                counted(count, "command"),
                                saga::refused_in(file, std::nullopt, 1).at(0).code),
         .hint = fmt::format("`reaction refused {}` lists them", feed.name.substr(prefix.size()))});
  });
}

void check_sagas(Examination& examination) {
  auto file = examination.site.open(index_file);
  if (!file) return;
  for (const auto& count : saga::SagaIndex(*file).count()) {
    const bool suspended = count.status == "suspended";
    if (!suspended && count.status != "paused") continue;
    const Problem problem{.code = suspended ? "saga.suspended" : "saga.paused",
                          .field = {},
                          .message = fmt::format("{}: {} in state {}", count.status,
                                                 counted(count.instances, "instance"),
                                                 count.state.empty() ? "(none yet)" : count.state),
                          .hint = fmt::format("`saga list {} --status {}`, then `saga why`",
                                              count.saga, count.status)};
    if (suspended) {
      examination.bad(count.saga, problem);
    } else {
      examination.warn(count.saga, problem);
    }
  }
}

void check_timers(Examination& examination) {
  const auto& site = examination.site;
  auto file = site.open(index_file);
  if (!file) return;
  const auto late = site.time_of_application() - examination.options.patience;
  for (const auto& saga : site.manifest().sagas) {
    const auto due = saga::SagaIndex(*file).due(saga.name, late, 1);
    if (due.empty()) continue;
    const Problem problem{
        .code = "saga.timer_overdue",
        .field = {},
        .message =
            fmt::format("a timer of {} was due at {}", due[0].instance, to_string(due[0].due)),
        .hint = examination.runs ? fmt::format("look at worker 'saga {} driver'; `timer list "
                                               "--overdue` lists them",
                                               saga.name)
                                 : "it fires when the application runs"};
    if (examination.runs) {
      examination.bad(saga.name, problem);
    } else {
      examination.note(saga.name, problem);
    }
  }
}

void check_operations(Examination& examination) {
  constexpr std::uint64_t newest = 20;
  const auto& site = examination.site;
  for (const auto& record : newest_operations(site.store(), newest)) {
    const bool open =
        record.state == OperationState::requested || record.state == OperationState::started;
    if (!open || site.now() - record.operation.expires_at < examination.options.patience) continue;
    examination.warn(
        to_string(record.operation.id),
        {.code = "operation.open",
         .field = {},
         .message = fmt::format("'{}' was asked for by {} and is {}", record.operation.verb,
                                record.operation.by, to_string(record.state)),
         .hint = "look at worker 'operations'; it is done, or refused, when that runs"});
  }
}

}  // namespace tidemark::admin
