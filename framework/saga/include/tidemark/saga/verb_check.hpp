#pragma once

#include <optional>
#include <string>

#include "tidemark/base/failure.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::saga {

/// Why a person's verb cannot be applied to an instance in that status: "saga.not_possible"; none
/// when it can be.
std::optional<Problem> flaw_of_verb(const std::string& instance, Status status, Verb::Kind verb);

}  // namespace tidemark::saga
