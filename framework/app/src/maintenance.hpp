#pragma once

#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::app {

/// The store's upkeep as a worker.
class Maintenance final : public runtime::Worker {
 public:
  explicit Maintenance(store::SqliteStore& store) : store_(store) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override {
    if (!store_.maintain()) return runtime::Step::idle_for(interval);
    auto report = report_.lock();
    ++report->done;
    report->tail = report->done;
    return runtime::Step::worked(1);
  }
  [[nodiscard]] runtime::WorkerReport report() const override { return report_.copy(); }

 private:
  static constexpr auto interval = std::chrono::milliseconds(20);
  store::SqliteStore& store_;
  const std::string name_ = "store maintenance";
  runtime::Guarded<runtime::WorkerReport> report_{
      {.name = "store maintenance", .state = runtime::WorkerState::running}};
};

}  // namespace tidemark::app
