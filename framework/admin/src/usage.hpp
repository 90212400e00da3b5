#pragma once

#include <CLI/CLI.hpp>

#include "tidemark/base/failure.hpp"

namespace tidemark::admin {

/// What is wrong with a command line that the parser stopped at: code "usage", the option,
/// argument or verb that is meant, and which help tells more.
Problem usage_problem(const CLI::App& tool, const CLI::ParseError& error);

/// Takes a whole number that is not negative and not too large; the parser alone makes others of
/// them.
const CLI::Validator& whole_number();

/// Adds `--limit` to a verb that lists; `about` is such as "events at most".
void add_limit(CLI::App& verb, std::uint64_t& limit, const std::string& about);

}  // namespace tidemark::admin
