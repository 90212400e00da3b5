#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "tidemark/admin/operation_target.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::admin {

/// The file in an application's directory that is locked while somebody executes operations.
inline constexpr const char* operations_lock = "operations.lock";

struct OperationWorkerOptions {
  /// Where `operations_lock` lies; the tool sees by it that the application runs, and of several
  /// processes on one log one executes. Empty: no lock, this is the only worker.
  std::filesystem::path directory = {};
  Micros poll_interval = std::chrono::milliseconds(200);
};

/// Executes operations that are asked for in the log, one at a time, in the order of their ids,
/// each once: it says in the operation's stream that it starts, which nobody can withdraw then, has
/// it carried out, and says how it went. After a crash in between it is carried out again, see
/// `OperationTarget`. What was asked for too long ago is refused.
///
/// Costs one look at an index at each poll, and once after a start one for each operation there
/// ever was, a hundred a step.
class OperationWorker final : public runtime::Worker {
 public:
  /// All references must outlive it. `clock`: real time, also where the application's time comes
  /// from its input, because people wait in real time.
  OperationWorker(store::EventStore& store, OperationTarget& target, const Clock& clock,
                  OperationWorkerOptions options = {});
  ~OperationWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::admin
