// From an append to a consumer that waits for it, in one process.
#include <algorithm>
#include <atomic>
#include <string>

#include "bench/our_log.hpp"
#include "bench/store_bench.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/runtime/worker_host.hpp"

namespace bench {
namespace {

namespace runtime = tidemark::runtime;
using tidemark::Position;

/// Reads what is new, and notes when it saw it.
class Consumer final : public runtime::Worker {
 public:
  explicit Consumer(tidemark::store::EventStore& store, const tidemark::Clock& clock)
      : store_(store), clock_(clock) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override {
    const auto end = store_.read({.from = place_.next()}, [&](const tidemark::EventView& event) {
      place_ = event.metadata.position;
      seen_at_micros_.store(clock_.monotonic().count());
      seen_.store(place_.value());
      seen_.notify_all();
      return true;
    });
    return end.returned > 0 ? runtime::Step::worked(end.returned) : runtime::Step::idle();
  }
  [[nodiscard]] runtime::WorkerReport report() const override { return {.name = name_}; }

  /// When it saw `position`, waiting for that.
  [[nodiscard]] std::int64_t seen_at(Position position) const {
    for (auto seen = seen_.load(); seen < position.value(); seen = seen_.load()) seen_.wait(seen);
    return seen_at_micros_.load();
  }

 private:
  const std::string name_ = "consumer";
  tidemark::store::EventStore& store_;
  const tidemark::Clock& clock_;
  Position place_;
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::int64_t> seen_at_micros_{0};
};

void wakeup(StoreBench& bench) {
  constexpr std::size_t appends = 200;
  const tidemark::SystemClock clock;
  tidemark::SeededRandom random(5);
  tidemark::observe::Metrics metrics;
  runtime::Wakeup wakeup;
  OurLog log(bench.new_file("wakeup"), {});
  Consumer consumer(log.store(), clock);
  const auto listening = log.store().listen([&] { wakeup.notify(); });
  runtime::WorkerHost host({.clock = clock,
                            .random = random,
                            .wakeup = wakeup,
                            .log = tidemark::observe::Logger::null(),
                            .metrics = metrics},
                           {.poll_interval = std::chrono::seconds(1)});
  host.add(consumer);
  InputMaker maker(1);
  std::vector<double> micros;
  for (std::size_t at = 0; at < appends * bench.rounds; ++at) {
    const auto input = maker.next();
    const auto appended = stored(log.store().append(log.append_of({&input, 1})));
    const auto returned_at = clock.monotonic().count();
    const auto seen_at = consumer.seen_at(appended.last);
    micros.push_back(static_cast<double>(std::max<std::int64_t>(0, seen_at - returned_at)));
  }
  host.drain(std::chrono::seconds(5));
  line("wakeup", {.ours = percentile(micros, 0.5)}, "us");
  line("wakeup_p99", {.ours = percentile(micros, 0.99)}, "us");
}

}  // namespace

std::vector<Case> wakeup_cases() { return {{"wakeup", &wakeup}}; }

}  // namespace bench
