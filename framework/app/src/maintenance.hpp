#pragma once

#include "tidemark/base/clock.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::app {

/// The store's upkeep as a worker, and its size as metrics.
class Maintenance final : public runtime::Worker {
 public:
  /// `metrics` may be null. All must outlive the worker.
  Maintenance(store::SqliteStore& store, const Clock& clock, observe::Metrics* metrics)
      : store_(store), clock_(clock), metrics_(metrics) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override {
    measure();
    if (!store_.maintain()) return runtime::Step::idle_for(interval);
    auto report = report_.lock();
    ++report->done;
    report->tail = report->done;
    return runtime::Step::worked(1);
  }
  [[nodiscard]] runtime::WorkerReport report() const override { return report_.copy(); }

 private:
  static constexpr auto interval = std::chrono::milliseconds(20);
  static constexpr auto measure_interval = std::chrono::seconds(1);

  void measure() {
    if (metrics_ == nullptr || clock_.monotonic() < measure_at_) return;
    measure_at_ = clock_.monotonic() + measure_interval;
    const auto facts = store_.facts(false);
    metrics_->gauge("tidemark_store_position", "The newest event's position.")
        .set(facts.high_water.value());
    metrics_->gauge("tidemark_store_file_bytes", "The log's file, without its WAL.")
        .set(facts.file_bytes);
    metrics_->gauge("tidemark_store_wal_bytes", "What is not moved from the WAL into the file.")
        .set(facts.wal_bytes);
  }

  store::SqliteStore& store_;
  const Clock& clock_;
  observe::Metrics* const metrics_;
  Micros measure_at_{0};  ///< on the monotonic clock
  const std::string name_ = "store maintenance";
  runtime::Guarded<runtime::WorkerReport> report_{
      {.name = "store maintenance", .state = runtime::WorkerState::running}};
};

}  // namespace tidemark::app
