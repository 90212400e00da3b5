#include "group_statements.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "columns.hpp"
#include "outcomes.hpp"

namespace tidemark::store {
namespace {

using postgres::Bytes;
using postgres::Parameters;
using postgres::Statement;

enum FactsAnswer : std::size_t {
  of_head,
  of_streams,
  of_types,
  of_categories,
  of_outcomes,
  of_ids
};

Parameters text_array(const std::set<std::string_view>& names) {
  Parameters parameters;
  parameters.add_text_array();
  for (const auto name : names) parameters.element(name);
  return parameters;
}

// $1 is the revision, $2 the channel, $3 the time of recording; events begin at $4. Nobody is told
// when nobody listens: it would cost a tenth of a commit.
constexpr std::string_view tell =
    "(SELECT CASE WHEN listening_until > now() THEN pg_notify($2, '') IS NULL END FROM head)";
constexpr std::string_view insert_events =
    "INSERT INTO events(recorded_at, position, stream_id, version, category_id, type_id, "
    "event_time, ingested_at, event_id, append_id, schema, chain, correlation_id, causation_id, "
    "traceparent, tenant, extra, data)";
constexpr std::string_view insert_outcomes =
    "INSERT INTO appends(append_id, first, events, skipped, expires_at, versions, answer)";

const std::string& store_one_sql() {
  static const auto sql = fmt::format(
      "WITH stored AS ({} SELECT $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint, "
      "$8::bigint, $9::bigint, $10::bigint, $11::uuid, $12::uuid, $13::bigint, $14::bytea, "
      "$15::text, $16::text, $17::text, $18::text, $19::bytea, $20::bytea FROM head "
      "WHERE revision = $1 RETURNING 1) "
      "{} SELECT $21::uuid, $22::bigint, $23::bigint, $24::bigint, $25::bigint, $26::bytea, "
      "$27::bytea FROM stored RETURNING {}",
      insert_events, insert_outcomes, tell);
  return sql;
}

const std::string& store_many_sql() {
  static const auto sql = fmt::format(
      "WITH stored AS ({} SELECT $3, e.* FROM head, unnest($4::bigint[], $5::bigint[], "
      "$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[], "
      "$12::uuid[], $13::bigint[], $14::bytea[], $15::text[], $16::text[], $17::text[], "
      "$18::text[], $19::bytea[], $20::bytea[]) AS e WHERE revision = $1), "
      "tagged AS (INSERT INTO event_tags(position, tag) SELECT t.* FROM head, "
      "unnest($28::bigint[], $29::text[]) AS t WHERE revision = $1 ON CONFLICT DO NOTHING) "
      "{} SELECT a.* FROM head, unnest($21::uuid[], $22::bigint[], $23::bigint[], $24::bigint[], "
      "$25::bigint[], $26::bytea[], $27::bytea[]) AS a WHERE revision = $1 RETURNING {}",
      insert_events, insert_outcomes, tell);
  return sql;
}

std::optional<std::int64_t> micros_of(const std::optional<UtcTime>& time) {
  return time ? std::optional(time->micros()) : std::nullopt;
}

void add_event(Parameters& parameters, const EventRow& row) {
  const auto& metadata = row.event.metadata;
  const auto add_text = [&](std::string_view text) {
    parameters.add(text);
    if (text.empty()) parameters.make_null();
  };
  parameters.add(metadata.position.value())
      .add(row.stream_id)
      .add(metadata.version.value())
      .add(row.category_id)
      .add(row.type_id)
      .add(metadata.event_time.micros())
      .add(micros_of(metadata.ingested_at))
      .add(metadata.event_id)
      .add(metadata.append_id)
      .add(row.event.schema)
      .add(as_bytes(row.chain));
  add_text(metadata.correlation_id);
  add_text(metadata.causation_id);
  add_text(metadata.traceparent);
  add_text(metadata.tenant);
  parameters.add(Bytes{metadata.extra});
  if (metadata.extra.empty()) parameters.make_null();
  parameters.add(Bytes{row.event.data});
}

std::optional<std::int64_t> expiry_of(const Append& append) {
  return append.answer ? std::optional(append.answer->expires_at.micros()) : std::nullopt;
}

void add_outcome(Parameters& parameters, const OutcomeRow& row) {
  parameters.add(row.append->id)
      .add(row.outcome.first.value())
      .add(event_count(row.outcome))
      .add(row.outcome.skipped)
      .add(expiry_of(*row.append));
  const auto versions = encode_versions(row.outcome.versions);
  parameters.add(Bytes{versions});
  parameters.add(Bytes{row.append->answer ? std::string_view(row.append->answer->bytes) : ""});
  if (!row.append->answer) parameters.make_null();
}

/// Columns of rows as arrays.
class ArrayColumns {
 public:
  explicit ArrayColumns(Parameters& parameters) : parameters_(parameters) {}

  template <typename Rows, typename Value>
  ArrayColumns& bigints(const Rows& rows, Value value) {
    parameters_.add_bigint_array();
    for (const auto& row : rows) put(value(row));
    return *this;
  }
  template <typename Rows, typename Value>
  ArrayColumns& ids(const Rows& rows, Value value) {
    parameters_.add_uuid_array();
    for (const auto& row : rows) parameters_.element(value(row).uuid());
    return *this;
  }
  template <typename Rows, typename Value>
  ArrayColumns& texts(const Rows& rows, Value value) {
    parameters_.add_text_array();
    for (const auto& row : rows) parameters_.element(value(row));
    return *this;
  }
  /// Empty ones are NULL.
  template <typename Rows, typename Value>
  ArrayColumns& texts_or_null(const Rows& rows, Value value) {
    parameters_.add_text_array();
    for (const auto& row : rows) put_or_null(value(row));
    return *this;
  }
  template <typename Rows, typename Value>
  ArrayColumns& bytes(const Rows& rows, Value value) {
    parameters_.add_bytea_array();
    for (const auto& row : rows) {
      if (const std::optional<std::string_view> found = value(row)) {
        parameters_.element(*found);
      } else {
        parameters_.null_element();
      }
    }
    return *this;
  }

 private:
  void put(std::uint64_t value) { parameters_.element(static_cast<std::int64_t>(value)); }
  void put(std::int64_t value) { parameters_.element(value); }
  void put(const std::optional<std::int64_t>& value) {
    if (value) return put(*value);
    parameters_.null_element();
  }
  void put_or_null(std::string_view text) {
    if (text.empty()) {
      parameters_.null_element();
    } else {
      parameters_.element(text);
    }
  }
  Parameters& parameters_;
};

void add_events(Parameters& parameters, const std::vector<EventRow>& rows) {
  using Row = const EventRow&;
  ArrayColumns(parameters)
      .bigints(rows, [](Row row) { return row.event.metadata.position.value(); })
      .bigints(rows, [](Row row) { return row.stream_id; })
      .bigints(rows, [](Row row) { return row.event.metadata.version.value(); })
      .bigints(rows, [](Row row) { return row.category_id; })
      .bigints(rows, [](Row row) { return row.type_id; })
      .bigints(rows, [](Row row) { return row.event.metadata.event_time.micros(); })
      .bigints(rows, [](Row row) { return micros_of(row.event.metadata.ingested_at); })
      .ids(rows, [](Row row) { return row.event.metadata.event_id; })
      .ids(rows, [](Row row) { return row.event.metadata.append_id; })
      .bigints(rows, [](Row row) { return static_cast<std::int64_t>(row.event.schema); })
      .bytes(rows, [](Row row) { return std::optional(as_bytes(row.chain).bytes); })
      .texts_or_null(rows, [](Row row) { return row.event.metadata.correlation_id; })
      .texts_or_null(rows, [](Row row) { return row.event.metadata.causation_id; })
      .texts_or_null(rows, [](Row row) { return row.event.metadata.traceparent; })
      .texts_or_null(rows, [](Row row) { return row.event.metadata.tenant; })
      .bytes(rows,
             [](Row row) {
               const auto extra = row.event.metadata.extra;
               return extra.empty() ? std::nullopt : std::optional(extra);
             })
      .bytes(rows, [](Row row) { return std::optional(row.event.data); });
}

void add_outcomes(Parameters& parameters, const std::vector<OutcomeRow>& rows) {
  using Row = const OutcomeRow&;
  std::vector<std::string> versions;
  versions.reserve(rows.size());
  for (const auto& row : rows) versions.push_back(encode_versions(row.outcome.versions));
  ArrayColumns(parameters)
      .ids(rows, [](Row row) { return row.append->id; })
      .bigints(rows, [](Row row) { return row.outcome.first.value(); })
      .bigints(rows, [](Row row) { return event_count(row.outcome); })
      .bigints(rows, [](Row row) { return row.outcome.skipped; })
      .bigints(rows, [](Row row) { return expiry_of(*row.append); })
      .bytes(versions,
             [](const std::string& text) { return std::optional<std::string_view>(text); })
      .bytes(rows, [](Row row) {
        return row.append->answer ? std::optional<std::string_view>(row.append->answer->bytes)
                                  : std::nullopt;
      });
}

Statement names_statement(std::string_view sql, const std::vector<NewName>& names, bool streams) {
  Statement statement{.sql = sql, .parameters = {}};
  ArrayColumns columns(statement.parameters);
  columns.bigints(names, [](const NewName& name) { return name.id; });
  if (streams) columns.bigints(names, [](const NewName& name) { return name.category_id; });
  columns.texts(names, [](const NewName& name) { return name.name; });
  return statement;
}

}  // namespace

std::string_view lock_sql() {
  // Two numbers of ours: "TIDE", and one that is the schema's own.
  return "SELECT pg_advisory_xact_lock(1414087749, 'head'::regclass::oid::integer)";
}

std::vector<Statement> facts_statements(std::span<const std::shared_ptr<PendingAppend>> group) {
  std::set<std::string_view> streams;
  std::set<std::string_view> types;
  std::set<std::string_view> categories;
  Parameters appends;
  appends.add_uuid_array();
  for (const auto& pending : group) appends.element(pending->append.id.uuid());
  Parameters ids;
  ids.add_uuid_array();
  for (const auto& pending : group) {
    for (const auto& write : pending->append.streams) {
      streams.insert(write.stream.name());
      categories.insert(write.stream.category());
      for (const auto& event : write.events) {
        types.insert(event.type);
        ids.element(event.event_id.uuid());
      }
    }
  }
  static const auto outcomes_sql =
      fmt::format("SELECT {} FROM appends WHERE append_id = ANY($1::uuid[])", outcome_columns);
  return {{.sql = "SELECT revision, position, chain, recorded_at, "
                  "(SELECT coalesce(max(id), 0) + 1 FROM streams), "
                  "(SELECT coalesce(max(id), 0) + 1 FROM types), "
                  "(SELECT coalesce(max(id), 0) + 1 FROM categories) FROM head LEFT JOIN "
                  "(SELECT position, chain, recorded_at FROM events ORDER BY position DESC LIMIT 1)"
                  " AS last ON true"},
          {.sql = "SELECT name, id, category_id, (SELECT max(version) FROM events "
                  "WHERE stream_id = streams.id) FROM streams WHERE name = ANY($1::text[])",
           .parameters = text_array(streams)},
          {.sql = "SELECT name, id FROM types WHERE name = ANY($1::text[])",
           .parameters = text_array(types)},
          {.sql = "SELECT name, id FROM categories WHERE name = ANY($1::text[])",
           .parameters = text_array(categories)},
          {.sql = outcomes_sql, .parameters = std::move(appends)},
          {.sql = "SELECT event_id FROM events WHERE event_id = ANY($1::uuid[])",
           .parameters = std::move(ids)}};
}

LogFacts read_facts(std::span<const postgres::Rows> answers, UtcTime now) {
  LogFacts facts;
  const auto& head = answers[of_head];
  facts.head = {.revision = head.integer(0, 0),
                .next_stream_id = head.integer(0, 4),
                .next_type_id = head.integer(0, 5),
                .next_category_id = head.integer(0, 6)};
  if (!head.is_null(0, 1)) {
    facts.head.position = Position(read_number(head, 0, 1));
    facts.head.chain = read_hash(head, 0, 2);
    facts.head.recorded_at = UtcTime::from_micros(head.integer(0, 3));
  }
  const auto& streams = answers[of_streams];
  for (int row = 0; row < streams.count(); ++row) {
    facts.streams.emplace(streams.text(row, 0),
                          KnownStream{.id = streams.integer(row, 1),
                                      .category_id = streams.integer(row, 2),
                                      .version = StreamVersion(read_number(streams, row, 3))});
  }
  const auto read_names = [](const postgres::Rows& rows, NameMap<std::int64_t>& names) {
    for (int row = 0; row < rows.count(); ++row) {
      names.emplace(rows.text(row, 0), rows.integer(row, 1));
    }
  };
  read_names(answers[of_types], facts.types);
  read_names(answers[of_categories], facts.categories);
  const auto& outcomes = answers[of_outcomes];
  for (int row = 0; row < outcomes.count(); ++row) {
    if (auto outcome = read_outcome(outcomes, row, now)) {
      facts.outcomes.emplace(AppendId(outcomes.uuid(row, 0)), *std::move(outcome));
    }
  }
  const auto& ids = answers[of_ids];
  for (int row = 0; row < ids.count(); ++row) facts.stored.insert(EventId(ids.uuid(row, 0)));
  return facts;
}

std::vector<AppendId> expired_outcomes(std::span<const postgres::Rows> answers, UtcTime now) {
  std::vector<AppendId> expired;
  const auto& outcomes = answers[of_outcomes];
  for (int row = 0; row < outcomes.count(); ++row) {
    if (!read_outcome(outcomes, row, now)) expired.emplace_back(outcomes.uuid(row, 0));
  }
  return expired;
}

std::vector<Statement> name_statements(const GroupPlan& plan,
                                       const std::vector<AppendId>& expired) {
  std::vector<Statement> statements;
  if (!expired.empty()) {
    statements.push_back(
        {.sql = "DELETE FROM appends WHERE append_id = ANY($1::uuid[])", .parameters = {}});
    statements.back().parameters.add_uuid_array();
    for (const auto& id : expired) statements.back().parameters.element(id.uuid());
  }
  if (!plan.new_categories().empty()) {
    statements.push_back(names_statement(
        "INSERT INTO categories(id, name) SELECT * FROM unnest($1::bigint[], $2::text[])",
        plan.new_categories(), false));
  }
  if (!plan.new_types().empty()) {
    statements.push_back(names_statement(
        "INSERT INTO types(id, name) SELECT * FROM unnest($1::bigint[], $2::text[])",
        plan.new_types(), false));
  }
  if (!plan.new_streams().empty()) {
    statements.push_back(
        names_statement("INSERT INTO streams(id, category_id, name) SELECT * FROM "
                        "unnest($1::bigint[], $2::bigint[], $3::text[])",
                        plan.new_streams(), true));
  }
  return statements;
}

Statement store_statement(const GroupPlan& plan, std::int64_t revision,
                          const std::string& channel) {
  const bool one = plan.events().size() == 1 && plan.outcomes().size() == 1 && plan.tags().empty();
  Statement statement{.sql = one ? store_one_sql() : store_many_sql(), .parameters = {}};
  auto& parameters = statement.parameters;
  parameters.add(revision).add(std::string_view(channel)).add(plan.recorded_at().micros());
  if (one) {
    add_event(parameters, plan.events().front());
    add_outcome(parameters, plan.outcomes().front());
    return statement;
  }
  add_events(parameters, plan.events());
  add_outcomes(parameters, plan.outcomes());
  ArrayColumns(parameters)
      .bigints(plan.tags(), [](const GroupPlan::TagRow& row) { return row.position.value(); })
      .texts(plan.tags(), [](const GroupPlan::TagRow& row) { return row.tag; });
  return statement;
}

}  // namespace tidemark::store
