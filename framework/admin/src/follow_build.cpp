#include "follow_build.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/admin/feeds.hpp"
#include "tidemark/feed/parking.hpp"

namespace tidemark::admin {
namespace {

using projection::Generation;
using projection::GenerationState;

constexpr auto look_interval = std::chrono::milliseconds(200);

/// How far a build is at one moment.
struct Sight {
  Generation generation;
  bool listed = false;  ///< false: it was given up
  std::uint64_t done = 0;
  std::uint64_t tail = 0;
  std::uint64_t begin = 0;  ///< where `done` was when the build began
};

/// What retention had cut of the topics when the build began.
std::uint64_t first_offsets(sql::Database& file) {
  std::uint64_t sum = 0;
  for (const auto& each : feed::FeedDesk(file).partitions()) {
    sum += static_cast<std::uint64_t>(each.first_offset.value_or(each.next_offset));
  }
  return sum;
}

class Follower {
 public:
  Follower(const ToolContext& context, const Site& site, std::string projection,
           runtime::Worker* worker)
      : context_(context),
        site_(site),
        projection_(std::move(projection)),
        worker_(worker),
        began_at_(context.environment().clock.monotonic()) {}

  int run() {
    auto sight = look();
    const auto number = sight.generation.number;
    const auto first = sight.done;
    while (sight.listed && sight.generation.state == GenerationState::filling &&
           sight.generation.problem.empty()) {
      show(sight, first);
      if (!wait()) break;
      sight = look(number);
    }
    if (context_.environment().terminal.width > 0) context_.out() << "\r\x1b[K";
    return finish(sight);
  }

 private:
  /// The newest build, or the one of that number.
  Sight look(std::uint64_t number = 0) {
    Sight sight;
    for (const auto& generation : generations_of(site_)) {
      const bool wanted =
          number == 0 ? generation.number > sight.generation.number : generation.number == number;
      if (generation.projection != projection_ || !wanted) continue;
      sight.generation = generation;
      sight.listed = true;
    }
    if (sight.listed) {
      auto file = site_.open(sight.generation.file);
      const auto reach = file ? reach_of(site_, *file) : Reach();
      if (file && reach.from_topics) sight.begin = first_offsets(*file);
      sight.done = reach.done;
      sight.tail = reach.tail;
    }
    return sight;
  }

  /// Lets time pass, or builds; false when the person asked to stop.
  bool wait() {
    const auto& environment = context_.environment();
    if (worker_ == nullptr) return !environment.wait(look_interval);
    const auto until = environment.clock.monotonic() + look_interval;
    while (environment.clock.monotonic() < until) {
      const auto step = worker_->step();
      if (step.did != runtime::Step::Did::work) break;
    }
    return !environment.wait(Micros(0));
  }

  [[nodiscard]] double seconds() const {
    const auto passed = context_.environment().clock.monotonic() - began_at_;
    return std::max(std::chrono::duration<double>(passed).count(), 0.001);
  }

  void show(const Sight& sight, std::uint64_t first) const {
    if (context_.environment().terminal.width == 0) return;
    const auto rate = static_cast<double>(sight.done - std::min(first, sight.done)) / seconds();
    const auto percent = sight.tail == 0 ? 100 : 100 * sight.done / sight.tail;
    auto text = fmt::format("{} generation {}: {:3} %  {} of {} events", projection_,
                            sight.generation.number, percent, sight.done, sight.tail);
    if (rate >= 1) {
      const auto left = static_cast<double>(sight.tail - std::min(sight.tail, sight.done)) / rate;
      text += fmt::format("  {:.0f}/s  {:.0f} s left", rate, left);
    }
    context_.out() << "\r\x1b[K" << text << std::flush;
  }

  /// How long the build took: since it was begun, which may be long before anybody looked. A clock
  /// that was set back since tells nothing; then it is the time of looking.
  [[nodiscard]] Micros took(const Generation& generation) const {
    const auto passed = context_.environment().clock.now() - generation.created_at;
    const bool known = generation.created_at != UtcTime() && passed > Micros(0);
    return known ? passed : Micros(static_cast<std::int64_t>(seconds() * 1e6));
  }

  [[nodiscard]] int finish(const Sight& sight) const {
    const auto& generation = sight.generation;
    const auto events = sight.done - std::min(sight.begin, sight.done);
    const auto time = took(generation);
    const auto seconds = std::chrono::duration<double>(time).count();
    Facts facts{
        {"projection", projection_},
        {"generation", generation.number},
        {"state", std::string(projection::to_string(generation.state))},
        {"events", events},
        {"took", time},
        {"events_per_second", static_cast<std::uint64_t>(static_cast<double>(events) / seconds)}};
    const bool stopped = !sight.listed || !generation.problem.empty();
    if (stopped) {
      facts.push_back(
          {"problem",
           Marked{generation.problem.empty() ? "it was given up" : generation.problem, Mood::bad}});
    }
    const int code =
        context_.show(Report().add(FactList{.name = "build", .facts = std::move(facts)}));
    return stopped ? exit_findings : code;
  }

  const ToolContext& context_;
  const Site& site_;
  const std::string projection_;
  runtime::Worker* const worker_;
  const Micros began_at_;
};

}  // namespace

int follow_build(ToolContext& context, const std::string& projection, runtime::Worker* worker) {
  const auto& site = context.site();
  return Follower(context, site, projection, worker).run();
}

}  // namespace tidemark::admin
