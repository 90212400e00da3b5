#include "traced_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "columns.hpp"
#include "tidemark/admin/feeds.hpp"
#include "tidemark/feed/parking.hpp"

namespace tidemark::admin {
namespace {

using nlohmann::ordered_json;

constexpr int rows_max = 5;                 ///< of one read model
constexpr std::uint64_t parked_max = 1000;  ///< parked entries that are looked through

/// Fields of the key and what an event says they are, from the first one on.
using KeyValues = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

KeyValues key_in(const Manifest::Projection& projection, const ordered_json& payload) {
  KeyValues key;
  for (const auto& field : projection.key) {
    const auto found = payload.find(field);
    if (found == payload.end() || found->is_structured()) break;
    key.emplace_back(field, text_of(*found));
  }
  return key;
}

ordered_json value_of(const sql::Statement& row, int column) {
  struct ToJson {
    ordered_json operator()(std::nullptr_t) const { return nullptr; }
    ordered_json operator()(std::int64_t number) const { return number; }
    ordered_json operator()(double number) const { return number; }
    ordered_json operator()(std::string_view text) const { return text; }
    ordered_json operator()(const sql::Blob& blob) const {
      return fmt::format("({} bytes)", blob.bytes.size());
    }
  };
  return std::visit(ToJson(), row.value(column));
}

/// One row; what the framework keeps with it for itself is left out.
std::string row_text(const sql::Statement& row) {
  auto object = ordered_json::object();
  for (int i = 0; i < row.column_count(); ++i) {
    const std::string name(row.column_name(i));
    if (!name.starts_with('_')) object[name] = value_of(row, i);
  }
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::vector<std::string> rows_of(sql::Database& file, const std::string& table,
                                 const KeyValues& key) {
  std::string where;
  for (const auto& [field, value] : key) {
    where += fmt::format("{}\"{}\" = ?", where.empty() ? "" : " AND ", field);
  }
  auto row =
      file.prepare(fmt::format("SELECT * FROM \"{}\" WHERE {} LIMIT {}", table, where, rows_max));
  int parameter = 0;
  for (const auto& [field, value] : key) row.bind(++parameter, std::string_view(value));
  std::vector<std::string> rows;
  while (row.next()) rows.push_back(row_text(row));
  return rows;
}

/// What a conversation has to do with one read model.
struct Heard {
  Position last;
  std::vector<std::string> event_ids;
  std::vector<KeyValues> keys;
};

Heard hear(const Site& site, const Manifest::Projection& projection,
           const std::vector<RecordedEvent>& events) {
  Heard heard;
  for (const auto& event : events) {
    const std::string type(site.read_as(event.type()));
    if (std::ranges::find(projection.events, type) == projection.events.end()) continue;
    heard.last = event.metadata().position;
    heard.event_ids.push_back(to_string(event.metadata().event_id));
    const auto payload = site.payload(event.type(), event.data());
    const auto* json = std::get_if<Json>(&payload);
    if (json == nullptr) continue;
    auto key = key_in(projection, ordered_json::parse(json->text, nullptr, false));
    const bool known = std::ranges::find(heard.keys, key) != heard.keys.end();
    if (!key.empty() && !known) heard.keys.push_back(std::move(key));
  }
  return heard;
}

Value standing_of(sql::Database& file, Position position, const Heard& heard) {
  if (!feed::FeedDesk(file).partitions().empty()) return Value("fed from topics");
  if (position < heard.last) {
    const auto lag = heard.last.value() - position.value();
    return Marked{"behind by " + counted(lag, "event"), Mood::warning};
  }
  std::uint64_t parked = 0;
  for (const auto& entry : feed::ParkingDesk(file).list(parked_max)) {
    const bool one = std::ranges::find(heard.event_ids, entry.event_id) != heard.event_ids.end();
    parked += one ? 1 : 0;
  }
  if (parked > 0) return Marked{"set aside: " + counted(parked, "event"), Mood::bad};
  return Marked{"has it", Mood::good};
}

void add_rows(const Site& site, const Manifest::Projection& projection, const Heard& heard,
              Table& table) {
  const auto feed = find_feed(site, "projection/" + projection.name);
  auto file = feed ? site.open(feed->file) : nullptr;
  if (!file) return;
  const auto position = feed::FeedDesk(*file).progress().position;
  const auto standing = standing_of(*file, position, heard);
  std::vector<std::string> rows;
  for (const auto& key : heard.keys) {
    for (auto& row : rows_of(*file, projection.name, key)) {
      const bool known = std::ranges::find(rows, row) != rows.end();
      if (!known && rows.size() < rows_max) rows.push_back(std::move(row));
    }
  }
  if (rows.empty()) {
    table.rows.push_back({projection.name, position.value(), standing, Value()});
  }
  for (auto& row : rows) {
    table.rows.push_back({projection.name, position.value(), standing, Json{std::move(row)}});
  }
}

}  // namespace

Table traced_rows(const Site& site, const std::vector<RecordedEvent>& events) {
  Table table{.name = "rows",
              .columns = {"projection", "position", "standing", "row"},
              .rows = {},
              .if_empty = "no read model hears these events"};
  for (const auto& projection : site.manifest().projections) {
    const auto heard = hear(site, projection, events);
    if (heard.last > Position()) add_rows(site, projection, heard, table);
  }
  return table;
}

}  // namespace tidemark::admin
