#include "facts_request.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "columns.hpp"
#include "criteria.hpp"
#include "outcomes.hpp"

namespace tidemark::store_postgres {
namespace {

using postgres::Parameters;

enum Answer : std::size_t {
  of_head,
  of_streams,
  of_types,
  of_categories,
  of_outcomes,
  of_told,
  of_ids
};
constexpr std::size_t of_conditions = of_ids + 1;

constexpr int news_max = 1000;  ///< events that a writer follows one by one

Parameters text_array(const std::set<std::string_view>& names) {
  Parameters parameters;
  parameters.add_text_array();
  for (const auto name : names) parameters.element(name);
  return parameters;
}

template <typename AnyId>
Parameters id_array(const std::vector<AnyId>& ids) {
  Parameters parameters;
  parameters.add_uuid_array();
  for (const auto& id : ids) parameters.element(id.uuid());
  return parameters;
}

Head read_head(const postgres::Rows& rows) {
  Head head{.revision = rows.integer(0, 0),
            .next_stream_id = rows.integer(0, 4),
            .next_type_id = rows.integer(0, 5),
            .next_category_id = rows.integer(0, 6)};
  if (rows.is_null(0, 1)) return head;
  head.position = Position(read_number(rows, 0, 1));
  head.chain = read_hash(rows, 0, 2);
  head.recorded_at = UtcTime::from_micros(rows.integer(0, 3));
  return head;
}

void read_names(const postgres::Rows& rows, NameMap<std::int64_t>& names) {
  for (int row = 0; row < rows.count(); ++row)
    names.emplace(rows.text(row, 0), rows.integer(row, 1));
}

}  // namespace

postgres::Statement news_statement(Position known) {
  static const auto sql = fmt::format(
      "SELECT position, stream_id, version, recorded_at, chain FROM events "
      "WHERE position > $1 ORDER BY position LIMIT {}",
      news_max + 1);
  return {.sql = sql, .parameters = postgres::parameters(known.value())};
}

bool read_news(const postgres::Rows& news, LogMemory& memory) {
  if (news.count() > news_max) return false;
  for (int row = 0; row < news.count(); ++row) {
    const Position position(read_number(news, row, 0));
    if (position != memory.head->position.next()) return false;
    memory.follow({.position = position,
                   .stream_id = news.integer(row, 1),
                   .version = StreamVersion(read_number(news, row, 2)),
                   .recorded_at = UtcTime::from_micros(news.integer(row, 3)),
                   .chain = read_hash(news, row, 4)});
  }
  return true;
}

void FactsRequest::add(const NewEvent& event) {
  types_.insert(event.type);
  events_.push_back(event.event_id);
}

void FactsRequest::add(const Append& append) {
  appends_.push_back(append.id);
  // Behind what no log has, nothing can happen.
  if (append.condition && append.condition->after.value() < INT64_MAX) {
    conditions_.push_back(&append);
  }
  for (const auto& write : append.streams) {
    streams_.insert(write.stream.name());
    categories_.insert(write.stream.category());
    for (const auto& event : write.events) add(event);
  }
}

void FactsRequest::add(const Import& import) {
  appends_.push_back(import.id);
  for (const auto& imported : import.events) {
    streams_.insert(imported.stream.name());
    categories_.insert(imported.stream.category());
    add(imported.event);
  }
}

void FactsRequest::add(const StoredEvent& stored) {
  streams_.insert(stored.event.metadata.stream);
  categories_.insert(stored.event.metadata.category());
  types_.insert(stored.event.type);
  events_.push_back(stored.event.metadata.event_id);
}

std::vector<postgres::Statement> FactsRequest::statements() const {
  static const auto outcomes_sql =
      fmt::format("SELECT {} FROM appends WHERE append_id = ANY($1::uuid[])", outcome_columns);
  std::vector<postgres::Statement> statements{
      {.sql = "SELECT revision, position, chain, recorded_at, "
              "(SELECT coalesce(max(id), 0) + 1 FROM streams), "
              "(SELECT coalesce(max(id), 0) + 1 FROM types), "
              "(SELECT coalesce(max(id), 0) + 1 FROM categories) FROM head LEFT JOIN "
              "(SELECT position, chain, recorded_at FROM events ORDER BY position DESC LIMIT 1) "
              "AS last ON true"},
      {.sql = "SELECT name, id, category_id, (SELECT max(version) FROM events "
              "WHERE stream_id = streams.id), deleted_through, coalesce(gone, false) "
              "FROM streams LEFT JOIN lives ON stream_id = id WHERE name = ANY($1::text[])",
       .parameters = text_array(streams_)},
      {.sql = "SELECT name, id FROM types WHERE name = ANY($1::text[])",
       .parameters = text_array(types_)},
      {.sql = "SELECT name, id FROM categories WHERE name = ANY($1::text[])",
       .parameters = text_array(categories_)},
      {.sql = outcomes_sql, .parameters = id_array(appends_)},
      {.sql = told_sql(), .parameters = id_array(appends_)},
      {.sql = "SELECT event_id FROM events WHERE event_id = ANY($1::uuid[])",
       .parameters = id_array(events_)}};
  for (const auto* append : conditions_) {
    const auto& condition = *append->condition;
    auto parameters =
        postgres::parameters(condition.after.value() + 1, std::int64_t{INT64_MAX}, std::int64_t{1});
    add_criteria(condition.criteria, parameters);
    statements.push_back({.sql = positions_sql(condition.criteria, Direction::forward),
                          .parameters = std::move(parameters)});
  }
  return statements;
}

LogFacts FactsRequest::read(std::span<const postgres::Rows> answers, UtcTime now) const {
  LogFacts facts{.head = read_head(answers[of_head])};
  const auto& streams = answers[of_streams];
  for (int row = 0; row < streams.count(); ++row) {
    facts.streams.emplace(
        streams.text(row, 0),
        KnownStream{.id = streams.integer(row, 1),
                    .category_id = streams.integer(row, 2),
                    .version = StreamVersion(read_number(streams, row, 3)),
                    .deleted_through = StreamVersion(read_number(streams, row, 4)),
                    .gone = streams.boolean(row, 5)});
  }
  read_names(answers[of_types], facts.types);
  read_names(answers[of_categories], facts.categories);
  const auto& outcomes = answers[of_outcomes];
  for (int row = 0; row < outcomes.count(); ++row) {
    if (auto outcome = read_outcome(outcomes, row, now)) {
      facts.outcomes.emplace(AppendId(outcomes.uuid(row, 0)), *std::move(outcome));
    }
  }
  facts.outcomes.merge(read_told(answers[of_told]));
  const auto& ids = answers[of_ids];
  for (int row = 0; row < ids.count(); ++row) facts.stored.insert(EventId(ids.uuid(row, 0)));
  for (std::size_t at = 0; at < conditions_.size(); ++at) {
    const auto& found = answers[of_conditions + at];
    if (found.empty()) continue;
    facts.excluded.emplace(conditions_[at], Position(read_number(found, 0, 0)));
  }
  return facts;
}

std::vector<AppendId> FactsRequest::expired(std::span<const postgres::Rows> answers, UtcTime now) {
  std::vector<AppendId> expired;
  const auto& outcomes = answers[of_outcomes];
  for (int row = 0; row < outcomes.count(); ++row) {
    if (!read_outcome(outcomes, row, now)) expired.emplace_back(outcomes.uuid(row, 0));
  }
  return expired;
}

}  // namespace tidemark::store_postgres
