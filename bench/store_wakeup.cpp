// From an append to a consumer that waits for it, in one process.
#include <algorithm>
#include <atomic>
#include <thread>

#include "bench/our_log.hpp"
#include "bench/store_bench.hpp"
#include "tidemark/store/subscription.hpp"

namespace bench {
namespace {

using tidemark::Position;

/// Waits for what is new on a thread of its own, and notes when it saw it.
class Consumer {
 public:
  explicit Consumer(tidemark::store::EventStore& store, const tidemark::Clock& clock)
      : thread_([this, &store, &clock](const std::stop_token& stop) {
          tidemark::store::Subscription subscription(store,
                                                     {.poll_interval = std::chrono::hours(1)});
          const auto note = [&](const tidemark::EventView& event) {
            seen_at_micros_.store(clock.monotonic().count());
            seen_.store(event.metadata.position.value());
            seen_.notify_all();
            return true;
          };
          while (!stop.stop_requested()) subscription.wait(note, std::chrono::hours(1), stop);
        }) {}

  /// When it saw `position`, waiting for that.
  [[nodiscard]] std::int64_t seen_at(Position position) const {
    for (auto seen = seen_.load(); seen < position.value(); seen = seen_.load()) seen_.wait(seen);
    return seen_at_micros_.load();
  }

 private:
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::int64_t> seen_at_micros_{0};
  std::jthread thread_;
};

void wakeup(StoreBench& bench) {
  constexpr std::size_t appends = 200;
  const tidemark::SystemClock clock;
  OurLog log(bench.new_file("wakeup"), {});
  const Consumer consumer(log.store(), clock);
  InputMaker maker(1);
  std::vector<double> micros;
  for (std::size_t at = 0; at < appends * bench.rounds; ++at) {
    const auto input = maker.next();
    const auto appended = stored(log.store().append(log.append_of({&input, 1})));
    const auto returned_at = clock.monotonic().count();
    const auto seen_at = consumer.seen_at(appended.last);
    micros.push_back(static_cast<double>(std::max<std::int64_t>(0, seen_at - returned_at)));
  }
  line("wakeup", {.ours = percentile(micros, 0.5)}, "us");
  line("wakeup_p99", {.ours = percentile(micros, 0.99)}, "us");
}

}  // namespace

std::vector<Case> wakeup_cases() { return {{"wakeup", &wakeup}}; }

}  // namespace bench
