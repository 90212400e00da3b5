#include "usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace tidemark::admin {
namespace {

/// The verb that the command line came to, with its name as it is typed.
struct Reached {
  const CLI::App* verb = nullptr;
  std::string name;
};

Reached reached_verb(const CLI::App& tool) {
  Reached reached{.verb = &tool, .name = tool.get_name()};
  for (auto chosen = tool.get_subcommands(); !chosen.empty();
       chosen = reached.verb->get_subcommands()) {
    reached.verb = chosen.front();
    reached.name += " " + chosen.front()->get_name();
  }
  return reached;
}

bool holds_verbs(const CLI::App& app) { return app.get_require_subcommand_min() > 0; }

/// The option or argument that the parser's message speaks of; empty when it names none.
std::string field_in(const std::string& message) {
  const auto option = message.find("--");
  const auto start = option == std::string::npos ? 0 : option;
  const auto end = message.find_first_of(" :=,", start);
  auto word = message.substr(start, end == std::string::npos ? end : end - start);
  const bool is_argument = option != std::string::npos || std::ranges::all_of(word, [](char c) {
                             return (c >= 'A' && c <= 'Z') || c == '_';
                           });
  return is_argument ? word : std::string();
}

std::string flaw_of_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) return {};
  return fmt::format("'{}' is no whole number from 0 to {}", text,
                     std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

const CLI::Validator& whole_number() {
  static const CLI::Validator validator(
      [](const std::string& text) { return flaw_of_number(text); }, "");
  return validator;
}

void add_limit(CLI::App& verb, std::uint64_t& limit, const std::string& about) {
  verb.add_option("--limit", limit, about)->capture_default_str()->check(whole_number());
}

Problem usage_problem(const CLI::App& tool, const CLI::ParseError& error) {
  const auto reached = reached_verb(tool);
  Problem problem{.code = "usage",
                  .field = field_in(error.what()),
                  .message = error.what(),
                  .hint = reached.name + " --help tells more"};
  const auto prefix = problem.field + ": ";
  if (problem.message.starts_with(prefix)) problem.message.erase(0, prefix.size());
  if (!holds_verbs(*reached.verb)) return problem;
  problem.hint = reached.name + " --help lists the verbs";
  const auto unknown = tool.remaining(true);
  if (unknown.empty()) {
    problem.field.clear();
    problem.message = "a verb is missing";
  } else {
    problem.field = unknown.front();
    problem.message = "is no verb";
  }
  return problem;
}

}  // namespace tidemark::admin
