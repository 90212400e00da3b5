#include "facts.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

#include "columns.hpp"

namespace tidemark::store {
namespace {

std::uint64_t number(sqlite::Database& database, std::string_view sql) {
  auto select = database.statement(sql);
  return select.next() ? read_number(select, 0) : 0;
}

/// Events and bytes by the number in `column`, over all files, with the name that `names` gives.
std::vector<StoreFacts::PerName> counts(EventFiles& files, std::string_view column,
                                        std::string_view names) {
  std::map<std::int64_t, StoreFacts::PerName> found;
  const auto sql = fmt::format(
      "SELECT {0}, count(*), sum(coalesce(length(data), 0)) FROM events WHERE position > ?1 "
      "GROUP BY {0}",
      column);
  const auto add = [&](sqlite::Database& file, std::uint64_t after) {
    auto rows = file.statement(sql);
    rows.bind(1, after);
    while (rows.next()) {
      auto& count = found[rows.integer(0)];
      count.events += read_number(rows, 1);
      count.data_bytes += read_number(rows, 2);
    }
  };
  for (const auto& archive : files.archives()) add(*files.open(archive), archive.first - 1);
  add(files.log(), files.archived());
  std::vector<StoreFacts::PerName> named;
  auto rows = files.log().statement(fmt::format("SELECT name, id FROM {} ORDER BY name", names));
  while (rows.next()) {
    const auto count = found.find(rows.integer(1));
    if (count == found.end()) continue;
    count->second.name = rows.text(0);
    named.push_back(std::move(count->second));
  }
  return named;
}

/// Those with a stored outcome, and those of which only their events tell.
std::uint64_t appends(EventFiles& files) {
  auto told = files.log().statement(
      "SELECT (SELECT count(*) FROM appends) + (SELECT count(*) FROM events WHERE position > ?1 "
      "AND event_id = events.append_id AND NOT EXISTS "
      "(SELECT 1 FROM appends WHERE append_id = events.append_id))");
  auto sum = told.bind(1, files.archived()).next() ? read_number(told, 0) : 0;
  for (const auto& archive : files.archives()) sum += archive.told;
  return sum;
}

}  // namespace

void read_facts(LogReader& reader, bool with_counts, StoreFacts& facts) {
  auto& database = reader.database();
  const auto last = reader.last_position();
  facts.events = last.value();
  facts.head = reader.chain_at(last).value_or(ChainHash{});
  // Numbers of streams have no gaps either.
  facts.streams = number(database, "SELECT coalesce(max(id), 0) FROM streams");
  facts.types = number(database, "SELECT count(*) FROM types");
  facts.file_bytes = number(database, "PRAGMA page_count") * number(database, "PRAGMA page_size");
  facts.wal_bytes = database.wal_size();
  auto& files = reader.files();
  const LogMoment moment(files);
  facts.archives = files.archives().size();
  facts.archived_events = files.archived();
  for (const auto& archive : files.archives()) facts.archived_bytes += archive.bytes;
  if (!with_counts) return;
  facts.appends = appends(files);
  facts.per_type = counts(files, "type_id", "types");
  facts.per_category = counts(files, "category_id", "categories");
}

}  // namespace tidemark::store
