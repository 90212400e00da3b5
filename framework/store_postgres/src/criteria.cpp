#include "criteria.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tidemark::store_postgres {
namespace {

using Names = std::set<std::string_view>;

/// One criterion, in that order: $`tags` and $`types` are its parameters, as far as it has them.
std::string positions_sql(const Criterion& criterion, int tags, int types, std::string_view order) {
  const auto of_type = fmt::format(
      "type_id = ANY(ARRAY(SELECT id FROM types WHERE name = ANY(${}::text[])))", types);
  if (!criterion.tags.empty()) {
    // Walks along the first tag and looks for the others at each place.
    auto sql = fmt::format(
        "SELECT t.position FROM event_tags t WHERE t.tag = (${0}::text[])[1] "
        "AND t.position BETWEEN $1 AND $2 AND (SELECT count(*) FROM event_tags o "
        "WHERE o.position = t.position AND o.tag = ANY(${0}::text[])) = cardinality(${0}::text[])",
        tags);
    if (!criterion.types.empty()) {
      sql += fmt::format(
          " AND EXISTS (SELECT 1 FROM events f WHERE f.position = t.position AND f.{})", of_type);
    }
    return fmt::format("{} ORDER BY t.position {}", sql, order);
  }
  if (criterion.types.empty()) {
    return fmt::format(
        "SELECT t.position FROM events t WHERE t.position BETWEEN $1 AND $2 ORDER BY t.position {}",
        order);
  }
  // Block by block, so that no more of them are looked at than are wanted: the inner LIMIT, which
  // leaves nothing out, keeps the server from walking through all events for each block.
  return fmt::format(
      "SELECT t.position FROM (SELECT DISTINCT block FROM type_blocks WHERE {0} "
      "AND block BETWEEN ($1 - 1) / 1024 AND ($2 - 1) / 1024 ORDER BY block {1}) b "
      "CROSS JOIN LATERAL (SELECT f.position FROM events f "
      "WHERE f.position BETWEEN greatest(b.block * 1024 + 1, $1) "
      "AND least(b.block * 1024 + 1024, $2) AND f.{0} ORDER BY f.position {1} LIMIT 1024) t "
      "ORDER BY b.block {1}, t.position {1}",
      of_type, order);
}

void add_names(const std::vector<std::string>& names, postgres::Parameters& parameters) {
  parameters.add_text_array();
  for (const auto name : Names(names.begin(), names.end())) parameters.element(name);
}

}  // namespace

std::string positions_sql(const std::vector<Criterion>& criteria, Direction direction) {
  const std::string_view order = direction == Direction::forward ? "ASC" : "DESC";
  int parameter = 3;
  std::string sql;
  for (const auto& criterion : criteria) {
    const int tags = criterion.tags.empty() ? 0 : ++parameter;
    const int types = criterion.types.empty() ? 0 : ++parameter;
    // No more of each than of all: the union's first are among them.
    sql += fmt::format("{}({} LIMIT $3)", sql.empty() ? "" : " UNION ",
                       positions_sql(criterion, tags, types, order));
  }
  return fmt::format("SELECT position FROM ({}) AS found ORDER BY position {} LIMIT $3", sql,
                     order);
}

void add_criteria(const std::vector<Criterion>& criteria, postgres::Parameters& parameters) {
  for (const auto& criterion : criteria) {
    if (!criterion.tags.empty()) add_names(criterion.tags, parameters);
    if (!criterion.types.empty()) add_names(criterion.types, parameters);
  }
}

bool meets(const std::vector<Criterion>& criteria, std::string_view type,
           std::span<const std::string> tags) {
  return std::any_of(criteria.begin(), criteria.end(), [&](const Criterion& criterion) {
    const auto& types = criterion.types;
    if (!types.empty() && std::find(types.begin(), types.end(), type) == types.end()) return false;
    return std::all_of(criterion.tags.begin(), criterion.tags.end(), [&](const std::string& tag) {
      return std::find(tags.begin(), tags.end(), tag) != tags.end();
    });
  });
}

}  // namespace tidemark::store_postgres
