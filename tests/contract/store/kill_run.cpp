#include "contract/store/kill_run.hpp"

#include <fmt/format.h>

#include "contract/store/store_address.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::store {
namespace {

constexpr Micros start_patience = std::chrono::seconds(60);
constexpr Micros end_patience = std::chrono::seconds(60);

/// A writer from its start to its end.
class KilledWriter {
 public:
  KilledWriter(const KillPlan& plan, const WriterPlan& work, WriterCheck& check)
      : plan_(plan), check_(check), writer_(plan.address, work) {}

  /// Strikes a random moment after it was started, or after it began to append.
  void run(Random& random) {
    const bool from_start = random.below(4) == 0;
    if (!from_start) {
      const SystemClock clock;
      const auto end = clock.monotonic() + start_patience;
      while (lines_ == 0 && clock.monotonic() < end) read_for(std::chrono::milliseconds(1));
    }
    read_for(Micros(random.below(from_start ? 30'000 : 150'000)));
    plan_.strike(writer_);
    writer_.finish(end_patience, take());
  }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  WriterProcess::TakeLine take() {
    return [this](std::string_view line) {
      ++lines_;
      check_.take(line);
    };
  }
  void read_for(Micros duration) { writer_.read_for(duration, take()); }

  const KillPlan& plan_;
  WriterCheck& check_;
  WriterProcess writer_;
  std::uint64_t lines_ = 0;
};

std::vector<std::string> reopen_and_check(const KillPlan& plan, WriterCheck& check) {
  const SystemClock clock;
  SystemRandom random;
  const auto store = open_at(plan.address, clock, random);
  auto differences = check.check(*store);
  for (auto& difference : plan.look(*store)) differences.push_back(std::move(difference));
  return differences;
}

}  // namespace

KillResult run_kills(const KillPlan& plan,
                     const std::function<void(const KillResult& so_far)>& progress) {
  constexpr std::uint64_t numbers_of_a_run = 1'000'000;
  SeededRandom random(plan.seed);
  KillResult result;
  WriterCheck check;
  while (result.kills < plan.kills && result.differences.empty()) {
    WriterPlan work{.first = 1 + result.kills * numbers_of_a_run,
                    .threads = plan.threads,
                    .archive_events = plan.archive_events};
    work.again = check.unknown();
    KilledWriter writer(plan, work, check);
    writer.run(random);
    ++result.kills;
    if (writer.lines() == 0) ++result.while_opening;
    if (writer.lines() != 0 && !check.unknown().empty()) ++result.while_appending;
    result.differences = reopen_and_check(plan, check);
    result.tally = check.tally();
    progress(result);
  }
  if (!result.differences.empty()) return result;
  // It goes on as if nothing had been: what was under way gets its answer, and more is stored.
  WriterPlan work{
      .first = 1 + plan.kills * numbers_of_a_run, .threads = plan.threads, .appends = 10};
  work.again = check.unknown();
  WriterProcess last(plan.address, work);
  const int code = last.finish(end_patience, [&](std::string_view line) { check.take(line); });
  result.differences = reopen_and_check(plan, check);
  if (code != 0) result.differences.push_back(fmt::format("the last writer ended with {}", code));
  if (!check.unknown().empty()) result.differences.emplace_back("an append never got its answer");
  result.tally = check.tally();
  return result;
}

}  // namespace tidemark::store
