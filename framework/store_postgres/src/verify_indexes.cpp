#include "verify_indexes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "columns.hpp"
#include "log_facts.hpp"
#include "tidemark/schema/envelope.hpp"

namespace tidemark::store_postgres {
namespace {

constexpr std::size_t page_size = 10'000;

/// Each tag once; of what cannot be read none, which is the chain's to notice.
std::set<std::string> tags_in(std::string_view extra) {
  const auto decoded = decode_extra(extra);
  if (!decoded) return {};
  return {decoded->tags.begin(), decoded->tags.end()};
}

/// Goes through all rows of `event_tags` up to `end`, page by page, with `column` as the third.
template <typename Visit>
void visit_entries(ConnectionPool& pool, Position end, std::string_view column, Visit visit) {
  const auto sql = fmt::format(
      "SELECT t.tag, t.position, {} FROM event_tags t WHERE (t.tag, t.position) > ($1, $2) "
      "ORDER BY t.tag, t.position LIMIT $3",
      column);
  std::string tag;
  auto position = std::numeric_limits<std::int64_t>::min();
  for (bool more = true; more;) {
    const auto rows = pool.with([&](postgres::Connection& connection) {
      return connection.query(sql, postgres::parameters(tag, position, page_size));
    });
    more = !rows.empty();
    for (int row = 0; row < rows.count(); ++row) {
      tag = rows.text(row, 0);
      position = rows.integer(row, 1);
      if (position <= static_cast<std::int64_t>(end.value())) visit(tag, position, rows, row);
    }
  }
}

}  // namespace

void IndexCheck::report(std::uint64_t position, std::string_view code, std::string message) {
  if (damage_ && damage_->position <= Position(position)) return;
  damage_ = Damage{.position = Position(position),
                   .code = fmt::format("verify.{}", code),
                   .message = std::move(message)};
}

void IndexCheck::add(Position position, std::string_view extra) {
  if (extra.empty()) return;
  for (const auto& tag : tags_in(extra)) page_.emplace_back(position.value(), tag);
}

void IndexCheck::check_page(Position first, Position last) {
  find_missing_blocks(first, last);
  for (std::size_t at = 0; at < page_.size(); at += page_size) {
    find_missing_tags(at, std::min(at + page_size, page_.size()));
  }
  tags_ += page_.size();
  page_.clear();
}

void IndexCheck::find_missing_blocks(Position first, Position last) {
  // Looked up one by one: the server might else go through all blocks for each page.
  static const auto sql = fmt::format(
      "SELECT min(e.position) FILTER (WHERE (SELECT b.block FROM type_blocks b "
      "WHERE b.type_id = e.type_id AND b.block = e.block) IS NULL), "
      "min(e.position) FILTER (WHERE (SELECT b.block FROM category_blocks b "
      "WHERE b.category_id = e.category_id AND b.block = e.block) IS NULL) "
      "FROM (SELECT type_id, category_id, (position - 1) / {} AS block, min(position) AS position "
      "FROM events WHERE position BETWEEN $1 AND $2 GROUP BY 1, 2, 3) e",
      block_size);
  const auto rows = pool_.with([&](postgres::Connection& connection) {
    return connection.query(sql, postgres::parameters(first.value(), last.value()));
  });
  if (!rows.is_null(0, 0)) {
    report(read_number(rows, 0, 0), "blocks", "readers that ask for its type do not find it");
  }
  if (!rows.is_null(0, 1)) {
    report(read_number(rows, 0, 1), "blocks", "readers that ask for its category do not find it");
  }
}

/// Those of `page_` from `first` to before `end`.
void IndexCheck::find_missing_tags(std::size_t first, std::size_t end) {
  postgres::Parameters parameters;
  parameters.add_bigint_array();
  for (auto at = first; at < end; ++at) {
    parameters.element(static_cast<std::int64_t>(page_[at].first));
  }
  parameters.add_text_array();
  for (auto at = first; at < end; ++at) parameters.element(page_[at].second);
  const auto rows = pool_.with([&](postgres::Connection& connection) {
    return connection.query(
        "SELECT w.position, w.tag FROM unnest($1::bigint[], $2::text[]) AS w(position, tag) "
        "WHERE (SELECT t.position FROM event_tags t WHERE t.tag = w.tag "
        "AND t.position = w.position) IS NULL ORDER BY w.position LIMIT 1",
        parameters);
  });
  if (rows.empty()) return;
  report(read_number(rows, 0, 0), "tags",
         fmt::format("readers that ask for its tag {} do not find it", rows.text(0, 1)));
}

/// Tags have no order by position, so what there is too much of them is found for all pages at
/// once: by their number first, and only when that is wrong one by one.
void IndexCheck::finish(Position end) {
  std::uint64_t entries = 0;
  visit_entries(pool_, end, "NULL", [&](auto&&...) { ++entries; });
  if (damage_ || entries != tags_) find_stray_tags(end);
}

void IndexCheck::find_stray_tags(Position end) {
  visit_entries(
      pool_, end, "(SELECT e.extra FROM events e WHERE e.position = t.position)",
      [&](const std::string& tag, std::int64_t position, const postgres::Rows& rows, int row) {
        const bool is_of_event = !rows.is_null(row, 2) && tags_in(rows.bytes(row, 2)).contains(tag);
        if (is_of_event) return;
        report(static_cast<std::uint64_t>(std::max<std::int64_t>(position, 0)), "tags",
               "readers find it by a tag that it does not have");
      });
}

}  // namespace tidemark::store_postgres
