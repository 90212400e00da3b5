#include "outcomes.hpp"

#include <fmt/format.h>

namespace tidemark::admin {

OperationOutcome done(std::string message) { return {.ok = true, .message = std::move(message)}; }

OperationOutcome refused(const Problem& problem) {
  return {.ok = false,
          .code = problem.code,
          .message = problem.field.empty() ? problem.message
                                           : fmt::format("{}: {}", problem.field, problem.message),
          .hint = problem.hint};
}

}  // namespace tidemark::admin
