#pragma once

#include <map>
#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/saga/coordinator.hpp"
#include "tidemark/saga/delayed_index.hpp"

namespace tidemark::saga {

/// Runs delayed commands when they are due. The index says where to look; what is done is decided
/// by the command's stream, and stored there in the same append as what the command changes: so it
/// runs once, wherever this is killed and however many there are.
///
/// One that cannot be carried out is said in the log and waits for a person.
class DelayedWorker final : public runtime::Worker {
 public:
  static constexpr std::size_t under_way_max = 64;

  struct Surroundings {
    store::EventStore& store;
    command::Dispatcher& dispatcher;
    sql::Database& index;  ///< the worker's own connection to the index's file
    const Clock& clock;    ///< which commands are due
    observe::Logger log = observe::Logger::null();
  };
  /// All references must outlive it.
  explicit DelayedWorker(const Surroundings& surroundings);
  ~DelayedWorker() override;

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override { return report_.copy(); }

 private:
  std::uint64_t look_at_jobs();
  void find_jobs();
  void publish();

  const Surroundings surroundings_;
  const DelayedIndex index_;
  const std::string name_ = "delayed commands";
  std::map<std::string, std::unique_ptr<Errand>> jobs_;  ///< by command id
  /// By command id, the record that was acted on; the index does not show what came of it yet.
  std::map<std::string, Position> handled_;
  std::uint64_t done_ = 0;
  std::uint64_t waiting_ = 0;
  runtime::Guarded<runtime::WorkerReport> report_;
};

}  // namespace tidemark::saga
