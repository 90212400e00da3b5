#include "tidemark/base/failure.hpp"

#include <fmt/format.h>

namespace tidemark {

Failure::Failure(FailureFacts facts)
    : facts_(std::move(facts)),
      text_(facts_.hint.empty()
                ? fmt::format("{}: {}", facts_.code, facts_.message)
                : fmt::format("{}: {} ({})", facts_.code, facts_.message, facts_.hint)) {}

std::string to_string(const Problem& problem) {
  std::string text = problem.code;
  if (!problem.field.empty()) text += ": " + problem.field;
  text += ": " + problem.message;
  if (!problem.hint.empty()) text += " (" + problem.hint + ")";
  return text;
}

}  // namespace tidemark
