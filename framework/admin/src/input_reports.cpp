#include "tidemark/admin/input_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/intake/progress.hpp"

namespace tidemark::admin {
namespace {

using intake::RefusedCommand;

/// "byte 21", or of each partition of a topic "traffic/0 at 17".
Texts reached(const intake::Reached& reached) {
  Texts texts;
  for (const auto& place : reached.places) {
    texts.texts.push_back(place.partition.empty()
                              ? fmt::format("byte {}", place.next)
                              : fmt::format("{} at {}", place.partition, place.next));
  }
  return texts;
}

std::vector<Value> row_of(const intake::InputProgress& input) {
  const auto& counts = input.counts;
  return {input.name,
          text_or_nothing(input.source),
          reached(input.reached),
          counts.lines,
          counts.facts_stored,
          counts.facts_repeated,
          counts.commands_accepted,
          counts.commands_nothing,
          counts.commands_rejected,
          counts.commands_failed,
          counts.commands_repeated,
          counts.mismatches_total(),
          counts.blank + counts.time_only};
}

/// Broken lines, by what is wrong with them.
void add_mismatches(const intake::InputProgress& input, Table& table) {
  for (const auto& [reason, count] : input.counts.mismatches) {
    table.rows.push_back({input.name, reason, count});
  }
}

std::vector<intake::InputProgress> inputs_of(const Site& site) {
  std::vector<intake::InputProgress> inputs;
  for (const auto& name : input_files(site)) {
    auto file = site.open_file(name);
    auto progress = file ? intake::progress_in(*file) : std::nullopt;
    if (progress) inputs.push_back(*std::move(progress));
  }
  return inputs;
}

Problem unknown_input(const Site& site, const std::string& name) {
  std::string known;
  for (const auto& input : inputs_of(site)) known += (known.empty() ? "" : ", ") + input.name;
  return {.code = "input.unknown",
          .field = name,
          .message = "the application has read no such input",
          .hint = known.empty() ? "run the application with an input once" : "there are: " + known};
}

Value kind_of(const RefusedCommand& refused) {
  if (refused.kind == RefusedCommand::Kind::failed) return Marked{"failed", Mood::bad};
  return Marked{"rejected", Mood::warning};
}

/// "line 12", or where there are no numbers "traffic/3 at 17".
std::string place_of(const RefusedCommand& refused) {
  if (refused.line > 0) return fmt::format("line {}", refused.line);
  return fmt::format("{} at {}", refused.partition, refused.offset);
}

}  // namespace

std::vector<std::string> input_files(const Site& site) {
  const auto first = intake::progress_file_name("input");
  if (!site.vfs().empty()) return {first};
  std::vector<std::string> names;
  std::error_code none;  // no directory: no files
  for (const auto& entry : std::filesystem::directory_iterator(site.directory(), none)) {
    auto name = entry.path().filename().string();
    if (intake::is_progress_file(name)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Report input_list(const Site& site) {
  Table inputs{.name = "inputs",
               .columns = {"input", "source", "read_to", "lines", "facts_stored", "facts_repeated",
                           "accepted", "nothing_to_do", "rejected", "failed", "repeated",
                           "mismatches", "other"},
               .rows = {},
               .if_empty = "no input was read"};
  Table mismatches{.name = "mismatches", .columns = {"input", "reason", "lines"}, .rows = {}};
  for (const auto& input : inputs_of(site)) {
    inputs.rows.push_back(row_of(input));
    add_mismatches(input, mismatches);
  }
  return Report().add(std::move(inputs)).add(std::move(mismatches));
}

Result<Report, Problem> input_refused(const Site& site, const RefusedInput& query) {
  auto file = site.open_file(intake::progress_file_name(query.input));
  if (!file || !intake::progress_in(*file)) return Unexpected(unknown_input(site, query.input));
  Table table{.name = "refused",
              .columns = {"id", "kind", "place", "code", "type", "stream", "command", "detail"},
              .rows = {},
              .if_empty = "none"};
  const intake::RefusedQuery wanted{
      .after = query.after, .failed_only = query.failed_only, .limit = query.limit};
  for (const auto& each : intake::refused_in(*file, wanted)) {
    table.rows.push_back({static_cast<std::uint64_t>(each.id), kind_of(each), place_of(each),
                          each.code, each.type, each.stream, each.command_id,
                          text_or_nothing(each.detail)});
  }
  return Report().add(std::move(table));
}

}  // namespace tidemark::admin
