#include "tidemark/admin/reaction_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/admin/feeds.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/saga/refused_commands.hpp"

namespace tidemark::admin {
namespace {

constexpr std::string_view prefix = "reaction/";

/// One that hears events is "meter", one that is told closed windows "meter/metered_usage".
std::string name_of(const FeedFile& feed) { return feed.name.substr(prefix.size()); }

std::vector<FeedFile> reactions_of(const Site& site) {
  auto feeds = feed_files(site);
  std::erase_if(feeds, [](const FeedFile& feed) { return !feed.name.starts_with(prefix); });
  return feeds;
}

std::string hears(const std::string& name) {
  const auto slash = name.find('/');
  return slash == std::string::npos ? "events" : "closed windows of " + name.substr(slash + 1);
}

/// A position of the log tells where it is among events, not among windows.
Value lag_of(const Site& site, sql::Database& file) {
  if (!feed::FeedDesk(file).origin()) return {};
  return reach_of(site, file).lag();
}

std::vector<Value> row_of(const Site& site, const FeedFile& feed) {
  const auto name = name_of(feed);
  auto file = site.open(feed.file);
  if (!file) return {name, hears(name), Value(), Value(), Value()};
  return {name, hears(name), lag_of(site, *file), feed::ParkingDesk(*file).count(),
          saga::refused_count(*file)};
}

Problem unknown_reaction(const Site& site, const std::string& name) {
  std::string known;
  for (const auto& feed : reactions_of(site)) known += (known.empty() ? "" : ", ") + name_of(feed);
  return {.code = "reaction.unknown",
          .field = name,
          .message = "the application has no such reaction",
          .hint = known.empty() ? "it has none" : "there are: " + known};
}

}  // namespace

Report reaction_list(const Site& site) {
  Table table{.name = "reactions",
              .columns = {"reaction", "hears", "lag", "parked", "refused"},
              .rows = {},
              .if_empty = "the application has no reactions"};
  for (const auto& feed : reactions_of(site)) table.rows.push_back(row_of(site, feed));
  return Report().add(std::move(table));
}

Result<Report, Problem> reaction_refused(const Site& site, const RefusedReaction& query) {
  const auto feeds = reactions_of(site);
  const auto feed = std::ranges::find(feeds, query.reaction, name_of);
  if (feed == feeds.end()) return Unexpected(unknown_reaction(site, query.reaction));
  Table table{.name = "refused",
              .columns = {"id", "code", "type", "stream", "command", "detail"},
              .rows = {},
              .if_empty = "none"};
  auto file = site.open(feed->file);
  if (file) {
    for (const auto& each : saga::refused_in(*file, query.after, query.limit)) {
      table.rows.push_back({static_cast<std::uint64_t>(each.id), each.code, each.type, each.stream,
                            each.command_id, text_or_nothing(each.detail)});
    }
  }
  return Report().add(std::move(table));
}

}  // namespace tidemark::admin
