#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::admin {

/// Streams of operations are "$operation-<id>".
inline constexpr std::string_view operation_category = "$operation";

/// What a person asks of the running application.
struct Operation {
  Uuid id;           ///< version 7
  std::string verb;  ///< "projection rebuild"
  std::map<std::string, std::string> arguments;
  std::string by;
  std::string reason;
  UtcTime expires_at;  ///< in real time; not started after that

  /// An argument's value; empty when it was not given.
  [[nodiscard]] std::string argument(const std::string& name) const;
  /// The reason as it is kept with what the operation did: who, and which operation, so that it can
  /// be found again.
  [[nodiscard]] std::string signed_reason() const;
};

/// What came of it. The code is stable; it, message and hint are as of a `Problem` unless `ok`.
struct OperationOutcome {
  bool ok = false;
  std::string code = {};
  std::string message = {};
  std::string hint = {};
};

enum class OperationState : std::uint8_t { requested, started, finished, withdrawn };

std::string_view to_string(OperationState state);

/// An operation as the log tells it.
struct OperationRecord {
  Operation operation;
  OperationState state = OperationState::requested;
  OperationOutcome outcome;  ///< when finished
  UtcTime requested_at;      ///< recorded_at of its first event
  UtcTime changed_at;        ///< and of its last
  StreamVersion version;     ///< of its stream
};

/// Folds the stream of one operation; none when there is none of that id.
std::optional<OperationRecord> read_operation(store::EventStore& store, const Uuid& id);

/// The newest operations, newest first. Looks at the names of all there ever were.
std::vector<OperationRecord> newest_operations(store::EventStore& store, std::uint64_t limit);

}  // namespace tidemark::admin
