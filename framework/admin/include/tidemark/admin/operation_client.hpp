#pragma once

#include <map>
#include <optional>
#include <string>

#include "tidemark/admin/operation.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::admin {

/// What to ask for.
struct OperationRequest {
  std::string verb;
  std::map<std::string, std::string> arguments;
  std::string by;
  std::string reason;
};

/// Asks a running application for operations, through its log, and keeps there what was done
/// without one. For user threads.
class OperationClient {
 public:
  /// All references must outlive it; `clock` is real time.
  OperationClient(store::EventStore& store, const Clock& clock, Random& random)
      : store_(store), clock_(clock), random_(random) {}

  /// Appends the request; its id. It is not started later than `valid_for` from now.
  Uuid request(const OperationRequest& request, Micros valid_for);
  /// Keeps in the log what was asked for, done in this process, and what came of it; its id. No
  /// application executes it.
  Uuid record(const OperationRequest& request, const OperationOutcome& outcome);
  /// How it stands.
  [[nodiscard]] OperationRecord look(const Uuid& id) const;
  /// Takes the request back, unless it was started. Answers how it stands then.
  OperationRecord withdraw(const Uuid& id, const std::string& by);

 private:
  store::EventStore& store_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace tidemark::admin
