// From an append to a consumer that waits for it, in one process.
#include <algorithm>
#include <atomic>

#include "bench/our_log.hpp"
#include "bench/store_bench.hpp"
#include "bench/threads.hpp"
#include "tidemark/store/subscription.hpp"

namespace bench {
namespace {

using tidemark::Position;

/// When a consumer saw which position.
class Sightings {
 public:
  void note(Position position, std::int64_t at_micros) {
    at_micros_.store(at_micros);
    seen_.store(position.value());
    seen_.notify_all();
  }
  /// When it saw `position`, waiting for that.
  [[nodiscard]] std::int64_t seen_at(Position position) const {
    for (auto seen = seen_.load(); seen < position.value(); seen = seen_.load()) seen_.wait(seen);
    return at_micros_.load();
  }

 private:
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::int64_t> at_micros_{0};
};

void consume(tidemark::store::EventStore& store, std::size_t events, Sightings& sightings) {
  const tidemark::SystemClock clock;
  tidemark::store::Subscription subscription(store, {.poll_interval = std::chrono::hours(1)});
  while (subscription.position().value() < events) {
    subscription.wait(
        [&](const tidemark::EventView& event) {
          sightings.note(event.metadata.position, clock.monotonic().count());
          return true;
        },
        std::chrono::hours(1));
  }
}

void wakeup(StoreBench& bench) {
  const std::size_t appends = 200 * bench.rounds;
  const tidemark::SystemClock clock;
  OurLog log(bench.new_file("wakeup"), {});
  Sightings sightings;
  std::vector<double> micros;
  in_threads(2, [&](unsigned number) {
    if (number == 0) {
      consume(log.store(), appends, sightings);
      return;
    }
    InputMaker maker(1);
    for (std::size_t at = 0; at < appends; ++at) {
      const auto input = maker.next();
      const auto appended = stored(log.store().append(log.append_of({&input, 1})));
      const auto returned_at = clock.monotonic().count();
      const auto seen_at = sightings.seen_at(appended.last);
      micros.push_back(static_cast<double>(std::max<std::int64_t>(0, seen_at - returned_at)));
    }
  });
  line("wakeup", {.ours = percentile(micros, 0.5)}, "us");
  line("wakeup_p99", {.ours = percentile(micros, 0.99)}, "us");
}

}  // namespace

std::vector<Case> wakeup_cases() { return {{"wakeup", &wakeup}}; }

}  // namespace bench
