#pragma once

#include <optional>

#include "tidemark/admin/operation.hpp"

namespace tidemark::admin {

/// Who carries operations out.
class OperationTarget {
 public:
  virtual ~OperationTarget() = default;
  /// Carries `operation` out, or goes on with it; nothing means that it is not done yet and wants
  /// to be asked again in a later step. Bounded.
  ///
  /// It may have been carried out before by a process that died before it could say so: what is
  /// already as asked counts as done. What cannot be done is an outcome; a retryable `Failure` has
  /// it tried again.
  virtual std::optional<OperationOutcome> execute(const Operation& operation) = 0;
};

}  // namespace tidemark::admin
