#pragma once

#include <CLI/CLI.hpp>

#include "tidemark/base/failure.hpp"

namespace tidemark::admin {

/// What is wrong with a command line that the parser stopped at: code "usage", the option,
/// argument or verb that is meant, and which help tells more.
Problem usage_problem(const CLI::App& tool, const CLI::ParseError& error);

}  // namespace tidemark::admin
