#include "tidemark/admin/feeds.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/feed/parking.hpp"

namespace tidemark::admin {
namespace {

using projection::Generation;
using projection::GenerationState;

constexpr std::string_view projection_prefix = "projection/";

std::vector<Generation> listed_generations(const Site& site) {
  const projection::Models models(site.models(), sql::OpenMode::read_only);
  auto generations = models.list();
  std::erase_if(generations, [](const auto& g) { return g.state == GenerationState::retired; });
  return generations;
}

std::vector<Generation> first_generations(const Site& site) {
  const auto& projections = site.manifest().projections;
  std::vector<Generation> generations;
  generations.reserve(projections.size());
  for (const auto& projection : projections) {
    generations.push_back({.projection = projection.name,
                           .version = projection.version,
                           .file = fmt::format("{}.v{}.g1.db", projection.name, projection.version),
                           .state = GenerationState::live});
  }
  return generations;
}

}  // namespace

std::vector<Generation> generations_of(const Site& site) {
  try {
    auto generations = listed_generations(site);
    return generations.empty() ? first_generations(site) : generations;
  } catch (const Failure& failure) {
    if (failure.code() != "projection.missing") throw;
    return first_generations(site);
  }
}

Reach reach_of(const Site& site, sql::Database& file) {
  const feed::FeedDesk desk(file);
  const auto partitions = desk.partitions();
  if (partitions.empty()) {
    return {.done = desk.progress().position.value(), .tail = site.store().high_water().value()};
  }
  Reach reach{.from_topics = true};
  for (const auto& each : partitions) {
    reach.done += static_cast<std::uint64_t>(each.next_offset);
    reach.tail += static_cast<std::uint64_t>(std::max(each.next_offset, each.end_offset));
  }
  return reach;
}

std::vector<FeedFile> feed_files(const Site& site) {
  std::vector<FeedFile> live;
  std::vector<FeedFile> others;
  for (const auto& generation : generations_of(site)) {
    auto name = fmt::format("{}{}", projection_prefix, generation.projection);
    if (generation.state == GenerationState::live) {
      live.push_back({.name = std::move(name), .file = generation.file});
    } else {
      others.push_back(
          {.name = fmt::format("{}.g{}", name, generation.number), .file = generation.file});
    }
  }
  for (const auto& feed : site.manifest().feeds) {
    if (!feed.name.starts_with(projection_prefix)) {
      live.push_back({.name = feed.name, .file = feed.file});
    }
  }
  live.insert(live.end(), others.begin(), others.end());
  return live;
}

std::optional<FeedFile> find_feed(const Site& site, const std::string& name) {
  const auto feeds = feed_files(site);
  const auto found = std::ranges::find(feeds, name, &FeedFile::name);
  if (found == feeds.end()) return std::nullopt;
  return *found;
}

}  // namespace tidemark::admin
