#include "tidemark/runtime/health_monitor.hpp"

#include <fmt/format.h>

namespace tidemark::runtime {
namespace {

using observe::HealthState;

std::uint64_t lag_of(const WorkerReport& report) {
  return report.tail > report.done ? report.tail - report.done : 0;
}

/// Whether it is meant to move at all.
bool should_move(const WorkerReport& report) {
  return report.state == WorkerState::starting || report.state == WorkerState::running;
}

std::string where(const WorkerReport& report) {
  const auto lag = lag_of(report);
  auto text = lag == 0 ? fmt::format("up to date at {}", report.done)
                       : fmt::format("at {}, {} behind {}", report.done, lag, report.tail);
  if (!report.at.empty()) text += ", working on " + report.at;
  return text;
}

Problem problem_or(const WorkerReport& report, const Problem& other) {
  return report.problem ? *report.problem : other;
}

Problem stuck(const WorkerReport& report, Micros still) {
  auto message = fmt::format("no progress for {}s {}", still.count() / 1'000'000, where(report));
  if (report.problem) message += ": " + report.problem->code + ": " + report.problem->message;
  auto hint = report.problem ? report.problem->hint : std::string();
  if (hint.empty()) hint = "look at the log of this worker and at the event it is working on";
  return {.code = "worker.stuck",
          .field = report.name,
          .message = std::move(message),
          .hint = std::move(hint)};
}

Problem parked(const WorkerReport& report) {
  return {.code = "worker.parked",
          .field = report.name,
          .message = fmt::format("{} items are set aside", report.parked),
          .hint = "list what is parked, then retry it or drop it with a reason"};
}

}  // namespace

std::vector<WorkerVerdict> HealthMonitor::observe(Micros now,
                                                  const std::vector<WorkerReport>& reports) {
  std::vector<WorkerVerdict> verdicts;
  std::map<std::string, Track> tracks;
  for (const auto& report : reports) {
    const auto known = tracks_.find(report.name);
    const bool behind = report.done < report.tail;
    Track track{.done = report.done, .moved_at = now};
    if (known != tracks_.end() && behind && should_move(report) &&
        known->second.done == report.done) {
      track = known->second;
    }
    if (behind && should_move(report)) ++track.behind_seen;
    verdicts.push_back(judge(now, report, track));
    tracks.insert_or_assign(report.name, track);
  }
  tracks_ = std::move(tracks);
  return verdicts;
}

WorkerVerdict HealthMonitor::judge(Micros now, const WorkerReport& report,
                                   const Track& track) const {
  WorkerVerdict verdict{.worker = report.name, .lag = lag_of(report), .text = where(report)};
  const auto say = [&](HealthState state, Problem problem) {
    verdict.state = state;
    verdict.text = problem.message.empty() ? verdict.text : problem.message + "; " + verdict.text;
    verdict.problem = std::move(problem);
  };
  const auto still = now - track.moved_at;
  if (report.state == WorkerState::failed) {
    say(HealthState::failed, problem_or(report, {.code = "worker.failed",
                                                 .field = report.name,
                                                 .message = "stopped without a reason",
                                                 .hint = "look at its log, then resume it"}));
  } else if (report.state == WorkerState::paused) {
    say(HealthState::degraded, {.code = "worker.paused",
                                .field = report.name,
                                .message = "paused by an operator",
                                .hint = "resume it when the reason is gone"});
  } else if (track.behind_seen >= 2 && still >= options_.interval) {
    // Seen behind twice: an event that came just before the one look has not had its time.
    verdict.state = HealthState::failed;
    verdict.problem = stuck(report, still);
    verdict.text = verdict.problem->message;
  } else if (report.problem && report.state != WorkerState::standby) {
    say(HealthState::degraded, *report.problem);
  } else if (report.parked > 0) {
    say(HealthState::degraded, parked(report));
  }
  return verdict;
}

}  // namespace tidemark::runtime
