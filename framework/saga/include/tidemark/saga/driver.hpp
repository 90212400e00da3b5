#pragma once

#include <map>
#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/saga/coordinator.hpp"
#include "tidemark/saga/saga_index.hpp"

namespace tidemark::saga {

/// Moves the instances of one saga on: handles outcomes and deferred inputs, sends commands, fires
/// timers. The index says where to look; what is done is decided by the folded journals.
class Driver final : public runtime::Worker {
 public:
  static constexpr std::size_t under_way_max = 64;

  /// All references must outlive it. `index`: the worker's own connection to the index's file.
  Driver(Coordinator& coordinator, sql::Database& index, const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override { return report_.copy(); }

 private:
  struct Job {
    std::unique_ptr<Errand> errand;
    std::uint64_t seen_version = 0;  ///< of the instance, as the index said
    bool is_timer = false;
  };
  std::uint64_t look_at_jobs();
  void find_jobs();
  void publish();

  Coordinator& coordinator_;
  SagaIndex index_;
  const Clock& clock_;
  const std::string name_;
  std::map<std::string, Job> jobs_;  ///< by instance: one thing at a time
  std::map<std::string, std::uint64_t>
      up_to_date_;  ///< nothing to do at that version, by the journal
  std::uint64_t done_ = 0;
  std::uint64_t waiting_ = 0;
  runtime::Guarded<runtime::WorkerReport> report_;
};

}  // namespace tidemark::saga
