#pragma once

#include "consumer_reports.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::app {

/// The store's upkeep as a worker: what the engine has to do, what its consumers report, what was
/// deleted taken out of the file a little at a time, and its size as metrics.
class Maintenance final : public runtime::Worker {
 public:
  /// `metrics` may be null. All must outlive the worker.
  struct Parts {
    store::StoreEngine& store;
    const Clock& clock;
    ConsumerReports& consumers;
    Micros interval;  ///< between two looks for commits of other processes
    observe::Metrics* metrics = nullptr;
  };
  explicit Maintenance(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override { return report_.copy(); }

 private:
  bool compact();
  void measure();

  const Parts parts_;
  Micros measure_at_{0};  ///< on the monotonic clock
  Micros compact_at_{0};  ///< likewise
  const std::string name_ = "store maintenance";
  runtime::Guarded<runtime::WorkerReport> report_{
      {.name = "store maintenance", .state = runtime::WorkerState::running}};
};

}  // namespace tidemark::app
