#pragma once

#include <string>

#include "tidemark/admin/operation.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::admin {

/// The two ends of an operation.
OperationOutcome done(std::string message);
OperationOutcome refused(const Problem& problem);

}  // namespace tidemark::admin
