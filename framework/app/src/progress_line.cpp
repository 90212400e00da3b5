#include "progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tidemark::app {
namespace {

constexpr auto interval_terminal = std::chrono::milliseconds(200);
constexpr auto interval_file = std::chrono::seconds(5);

/// How far the one that is furthest behind the log is.
std::uint64_t lag_of(const std::vector<runtime::WorkerReport>& reports, std::string_view kind) {
  std::uint64_t lag = 0;
  for (const auto& report : reports) {
    if (report.name.starts_with(kind) && report.tail > report.done) {
      lag = std::max(lag, report.tail - report.done);
    }
  }
  return lag;
}

std::string input_part(const runtime::WorkerReport& report, std::uint64_t lines, double rate) {
  if (report.problem) return fmt::format("input: {}  ", report.problem->code);
  const auto percent = report.tail == 0 ? 100.0
                                        : 100.0 * static_cast<double>(report.done) /
                                              static_cast<double>(report.tail);
  return fmt::format("{:5.1f} %  {:>10} lines  {:>8.0f}/s  ", percent, lines, rate);
}

}  // namespace

ProgressLine::ProgressLine(bool enabled, const Clock& clock)
    : enabled_(enabled),
      terminal_(isatty(STDERR_FILENO) != 0),
      clock_(clock),
      started_at_(clock.monotonic()),
      shown_at_(started_at_) {}

void ProgressLine::show(const Seen& seen) {
  if (!enabled_) return;
  const auto now = clock_.monotonic();
  const auto interval = terminal_ ? Micros(interval_terminal) : Micros(interval_file);
  if (!first_ && now - shown_at_ < interval) return;
  shown_at_ = now;
  std::string text;
  if (seen.intake != nullptr) {
    const auto lines = seen.intake->counts().lines;
    if (first_) lines_before_ = lines;
    const auto seconds = std::max(std::chrono::duration<double>(now - started_at_).count(), 0.001);
    text += input_part(seen.intake->report(), lines,
                       static_cast<double>(lines - lines_before_) / seconds);
  }
  first_ = false;
  text += fmt::format("{}  behind: read models {}, sagas {}, topics {}", to_string(seen.time),
                      lag_of(seen.reports, "projection"), lag_of(seen.reports, "saga"),
                      lag_of(seen.reports, "relay"));
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", text);
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

void ProgressLine::finish() {
  if (enabled_ && terminal_ && !first_) fmt::print(stderr, "\n");
}

}  // namespace tidemark::app
