#include "maintenance.hpp"

namespace tidemark::app {
namespace {

constexpr auto measure_interval = std::chrono::seconds(1);
/// An append waits for a round at most: so many events take a few milliseconds.
constexpr std::uint64_t compact_events = 200;
constexpr auto compact_pause = std::chrono::milliseconds(100);
constexpr auto compact_interval = std::chrono::seconds(10);

}  // namespace

runtime::Step Maintenance::step() {
  measure();
  const bool reported = parts_.consumers.report();
  if (!parts_.store.maintain() && !reported && !compact()) {
    return runtime::Step::idle_for(parts_.interval);
  }
  auto report = report_.lock();
  ++report->done;
  report->tail = report->done;
  return runtime::Step::worked(1);
}

/// One round when it is time; whether it took something out.
bool Maintenance::compact() {
  const auto now = parts_.clock.monotonic();
  if (now < compact_at_) return false;
  const auto round = parts_.store.compact(compact_events);
  compact_at_ = now + (round.more ? Micros(compact_pause) : Micros(compact_interval));
  return round.events > 0;
}

void Maintenance::measure() {
  auto* metrics = parts_.metrics;
  if (metrics == nullptr || parts_.clock.monotonic() < measure_at_) return;
  measure_at_ = parts_.clock.monotonic() + measure_interval;
  const auto facts = parts_.store.facts(false);
  metrics->gauge("tidemark_store_position", "The newest event's position.")
      .set(facts.high_water.value());
  metrics->gauge("tidemark_store_file_bytes", "The log's file, without its WAL.")
      .set(facts.file_bytes);
  metrics->gauge("tidemark_store_wal_bytes", "What is not moved from the WAL into the file.")
      .set(facts.wal_bytes);
}

}  // namespace tidemark::app
