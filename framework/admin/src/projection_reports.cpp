#include "tidemark/admin/projection_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/admin/feeds.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection/closed_windows.hpp"

namespace tidemark::admin {
namespace {

using projection::Generation;
using projection::GenerationState;

/// What one build's file says.
struct Standing {
  bool there = false;
  Reach reach;
  feed::FeedDesk::Progress progress;
  std::uint64_t parked = 0;
  std::optional<std::string> paused;
};

Standing standing_of(const Site& site, const Generation& generation) {
  auto file = site.open(generation.file);
  if (!file) return {};
  const feed::FeedDesk desk(*file);
  return {.there = true,
          .reach = reach_of(site, *file),
          .progress = desk.progress(),
          .parked = feed::ParkingDesk(*file).count(),
          .paused = desk.paused()};
}

Value state_value(const Generation& generation) {
  std::string text(projection::to_string(generation.state));
  if (!generation.problem.empty()) return Marked{std::move(text), Mood::bad};
  if (generation.state == GenerationState::filling) return Marked{std::move(text), Mood::warning};
  return text;
}

Table generations_table(const Site& site, const std::vector<Generation>& generations) {
  Table table{.name = "projections",
              .columns = {"projection", "version", "generation", "state", "position", "lag",
                          "newest_event", "committed_at", "parked", "paused"},
              .rows = {},
              .if_empty = "no projections"};
  for (const auto& generation : generations) {
    const auto standing = standing_of(site, generation);
    const auto& progress = standing.progress;
    table.rows.push_back(
        {generation.projection, std::uint64_t{generation.version}, generation.number,
         standing.there ? state_value(generation) : Value(Marked{"missing", Mood::warning}),
         standing.reach.from_topics ? Value() : Value(progress.position.value()),
         standing.reach.lag(), time_or_nothing(progress.event_time),
         time_or_nothing(progress.committed_at), standing.parked,
         standing.paused ? Value(*standing.paused) : Value()});
  }
  return table;
}

/// The build under way: how far, and at the pace since it began, how much longer.
void add_build(const Site& site, const Generation& generation, Facts& facts) {
  const auto standing = standing_of(site, generation);
  const auto done = standing.reach.done;
  const auto tail = standing.reach.tail;
  facts.push_back({"build_generation", generation.number});
  facts.push_back({"build_reason", text_or_nothing(generation.reason)});
  facts.push_back(
      {"build_percent", tail == 0 ? 100 : std::min<std::uint64_t>(100, done * 100 / tail)});
  const auto seconds = (standing.progress.committed_at - generation.created_at).count() / 1'000'000;
  if (done > 0 && seconds > 0) {
    const auto rate = std::max<std::uint64_t>(1, done / static_cast<std::uint64_t>(seconds));
    facts.push_back({"build_events_per_second", rate});
    facts.push_back({"build_remaining", Micros(std::chrono::seconds(standing.reach.lag() / rate))});
  }
  if (!generation.problem.empty()) {
    facts.push_back({"build_problem", Marked{generation.problem, Mood::bad}});
  }
}

void add_rows(const Manifest::Projection& projection, sql::Database& file, Facts& facts) {
  auto count = file.statement(fmt::format("SELECT count(*) FROM \"{}\"", projection.name));
  if (count.next()) facts.push_back({"rows", static_cast<std::uint64_t>(count.integer(0))});
  if (!projection.windowed) return;
  const projection::ClosedWindows windows(file);
  facts.push_back({"closed_windows", static_cast<std::uint64_t>(windows.last())});
  facts.push_back({"late_events", windows.late_events()});
}

/// From topics: what the rows hold of each partition. A model is complete from the first offset on.
Table partitions_table(sql::Database& file) {
  Table table{
      .name = "partitions",
      .columns = {"topic", "partition", "complete_from", "first_event", "next_offset", "lag"},
      .rows = {}};
  const auto number = [](std::int64_t offset) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, offset));
  };
  for (const auto& each : feed::FeedDesk(file).partitions()) {
    table.rows.push_back({each.topic, number(each.partition),
                          each.first_offset ? Value(number(*each.first_offset)) : Value(),
                          time_or_nothing(each.first_time), number(each.next_offset),
                          number(each.end_offset - each.next_offset)});
  }
  return table;
}

Problem unknown_projection(const Site& site, const std::string& name) {
  std::string known;
  for (const auto& projection : site.manifest().projections) {
    known += (known.empty() ? "" : ", ") + projection.name;
  }
  return {.code = "projection.unknown",
          .field = name,
          .message = "the application has no such projection",
          .hint = known.empty() ? "it has none" : "there are: " + known};
}

}  // namespace

Report projection_list(const Site& site) {
  return Report().add(generations_table(site, generations_of(site)));
}

Result<Report, Problem> projection_show(const Site& site, const std::string& name) {
  const auto& known = site.manifest().projections;
  const auto projection = std::ranges::find(known, name, &Manifest::Projection::name);
  if (projection == known.end()) return Unexpected(unknown_projection(site, name));
  auto generations = generations_of(site);
  std::erase_if(generations, [&](const auto& each) { return each.projection != name; });
  FactList list{.name = {},
                .facts = {{"projection", name},
                          {"version", std::uint64_t{projection->version}},
                          {"row", projection->row},
                          {"key", Texts{projection->key}},
                          {"events", Texts{projection->events}},
                          {"windowed", projection->windowed}}};
  std::optional<Table> partitions;
  for (const auto& generation : generations) {
    if (generation.state == GenerationState::filling) add_build(site, generation, list.facts);
    if (generation.state != GenerationState::live) continue;
    const auto file = site.open(generation.file);
    list.facts.push_back(
        {"live_file", file ? file->name() : (site.directory() / generation.file).string()});
    if (file) {
      add_rows(*projection, *file, list.facts);
      partitions = partitions_table(*file);
    }
  }
  auto report = Report().add(std::move(list)).add(generations_table(site, generations));
  if (partitions && !partitions->rows.empty()) report.add(*std::move(partitions));
  return report;
}

}  // namespace tidemark::admin
