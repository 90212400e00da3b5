#include "outcomes.hpp"

#include "tidemark/store/appending.hpp"

namespace tidemark::store_postgres {
const std::string& told_sql() {
  // They end where an event of another append follows.
  static const std::string sql =
      "SELECT e.append_id, e.position, e.stream_id, e.version FROM events f CROSS JOIN LATERAL "
      "(SELECT append_id, position, stream_id, version FROM events WHERE position >= f.position "
      "AND position < coalesce((SELECT o.position FROM events o WHERE o.position > f.position "
      "AND o.append_id <> f.append_id ORDER BY o.position LIMIT 1), 9223372036854775807)) e "
      "WHERE f.event_id = ANY($1::uuid[]) AND f.append_id = f.event_id ORDER BY e.position";
  return sql;
}

std::unordered_map<AppendId, Appended> read_told(const postgres::Rows& rows) {
  std::unordered_map<AppendId, Appended> found;
  std::int64_t stream = 0;
  for (int row = 0; row < rows.count(); ++row) {
    const Position position(static_cast<std::uint64_t>(rows.integer(row, 1)));
    const auto [known, is_first] = found.try_emplace(AppendId(rows.uuid(row, 0)));
    auto& outcome = known->second;
    if (is_first) outcome.first = position;
    if (is_first || rows.integer(row, 2) != stream) outcome.versions.emplace_back();
    stream = rows.integer(row, 2);
    outcome.versions.back() = StreamVersion(static_cast<std::uint64_t>(rows.integer(row, 3)));
    outcome.last = position;
    outcome.repeated = true;
  }
  return found;
}

std::optional<Appended> read_outcome(const postgres::Rows& rows, int row, UtcTime now) {
  const auto events = static_cast<std::uint64_t>(rows.integer(row, 2));
  const bool expired = !rows.is_null(row, 6) && rows.integer(row, 6) <= now.micros();
  if (expired && events == 0) return std::nullopt;
  Appended outcome{.first = Position(static_cast<std::uint64_t>(rows.integer(row, 1))),
                   .last = {},
                   .versions = decode_versions(rows.bytes(row, 4)),
                   .repeated = true,
                   .skipped = static_cast<std::uint64_t>(rows.integer(row, 3))};
  if (events > 0) outcome.last = Position(outcome.first.value() + events - 1);
  if (!expired && !rows.is_null(row, 5)) outcome.answer = std::string(rows.bytes(row, 5));
  return outcome;
}

}  // namespace tidemark::store_postgres
