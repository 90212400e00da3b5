#include "tidemark/admin/parked_reports.hpp"

#include <fmt/format.h>

#include <charconv>

#include "tidemark/admin/feeds.hpp"
#include "tidemark/feed/parking.hpp"

namespace tidemark::admin {
namespace {

Problem unknown_feed(const Site& site, const std::string& name) {
  std::string known;
  for (const auto& feed : feed_files(site)) known += (known.empty() ? "" : ", ") + feed.name;
  return {.code = "feed.unknown",
          .field = name,
          .message = "the application has no such feed",
          .hint = known.empty() ? "start the application once" : "there are: " + known};
}

Value state_value(feed::ParkState state) {
  std::string text(feed::to_string(state));
  if (state == feed::ParkState::parked) return Marked{std::move(text), Mood::bad};
  return Marked{std::move(text), Mood::warning};
}

std::string entry_name(const std::string& feed, const feed::Parked& entry) {
  return fmt::format("{}/{}", feed, entry.id);
}

void add_rows(const Site& site, const FeedFile& feed, std::uint64_t limit, Table& table) {
  auto file = site.open(feed.file);
  if (!file) return;
  for (const auto& entry : feed::ParkingDesk(*file).list(limit)) {
    table.rows.push_back({entry_name(feed.name, entry), state_value(entry.state), entry.key,
                          entry.type, std::uint64_t{entry.attempts}, text_or_nothing(entry.reason),
                          feed::to_string(entry.place), entry.parked_at});
  }
}

FactList facts_of(const Site& site, const std::string& name, const feed::Parked& entry) {
  return {.name = {},
          .facts = {{"entry", name},
                    {"state", state_value(entry.state)},
                    {"key", entry.key},
                    {"stream", entry.stream},
                    {"type", entry.type},
                    {"event_id", entry.event_id},
                    {"place", feed::to_string(entry.place)},
                    {"attempts", std::uint64_t{entry.attempts}},
                    {"reason", text_or_nothing(entry.reason)},
                    {"parked_at", entry.parked_at},
                    {"next_attempt_at", entry.state == feed::ParkState::retrying
                                            ? time_or_nothing(entry.next_attempt_at)
                                            : Value()},
                    {"dead_letter_published", entry.copied},
                    {"data", site.payload(entry.type, entry.data)}}};
}

}  // namespace

std::optional<ParkedName> ParkedName::parse(std::string_view text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  ParkedName name{.feed = std::string(text.substr(0, slash))};
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, name.id);
  if (error != std::errc() || rest != end || name.id < 1) return std::nullopt;
  return name;
}

Result<Report, Problem> parked_list(const Site& site, const std::string& feed,
                                    std::uint64_t limit) {
  Table table{
      .name = "parked",
      .columns = {"entry", "state", "key", "type", "attempts", "reason", "place", "parked_at"},
      .rows = {},
      .if_empty = "nothing is set aside"};
  if (!feed.empty()) {
    const auto found = find_feed(site, feed);
    if (!found) return Unexpected(unknown_feed(site, feed));
    add_rows(site, *found, limit, table);
  } else {
    for (const auto& each : feed_files(site)) {
      if (table.rows.size() < limit) add_rows(site, each, limit - table.rows.size(), table);
    }
  }
  return Report().add(std::move(table));
}

Result<Report, Problem> parked_show(const Site& site, const std::string& name) {
  const auto parsed = ParkedName::parse(name);
  if (!parsed) {
    return Unexpected(Problem{.code = "parked.bad_name",
                              .field = name,
                              .message = "is no name of a parked entry",
                              .hint = "`parked list` shows them: projection/campaign_minutes/17"});
  }
  const auto feed = find_feed(site, parsed->feed);
  if (!feed) return Unexpected(unknown_feed(site, parsed->feed));
  auto file = site.open(feed->file);
  const auto entry = file ? feed::ParkingDesk(*file).show(parsed->id) : std::nullopt;
  if (!entry) {
    return Unexpected(
        Problem{.code = "parked.unknown",
                .field = name,
                .message = "nothing is set aside under this name",
                .hint = "it was handled or dropped, or never was; see `parked list`"});
  }
  return Report().add(facts_of(site, name, *entry));
}

}  // namespace tidemark::admin
