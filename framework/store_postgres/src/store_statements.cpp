#include "store_statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "columns.hpp"
#include "locks.hpp"
#include "outcomes.hpp"
#include "tidemark/store/appending.hpp"

namespace tidemark::store_postgres {
namespace {

using postgres::Bytes;
using postgres::Parameters;
using postgres::Statement;

// Of each of these, $1 is the revision.
const std::string& unchanged() {
  static const auto sql = fmt::format("FROM head WHERE revision = $1 AND {}", may_store_sql());
  return sql;
}

constexpr std::string_view insert_events =
    "INSERT INTO events(position, stream_id, version, category_id, type_id, event_time, "
    "recorded_at, ingested_at, event_id, append_id, schema, chain, correlation_id, causation_id, "
    "traceparent, tenant, extra, data, data_digest)";
constexpr std::string_view insert_outcomes =
    "INSERT INTO appends(append_id, first, events, skipped, expires_at, versions, answer)";
constexpr std::array event_types{
    "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint", "uuid", "uuid",
    "bigint", "bytea",  "text",   "text",   "text",   "text",   "bytea",  "bytea",  "bytea"};
constexpr std::array outcome_types{"uuid",   "bigint", "bigint", "bigint",
                                   "bigint", "bytea",  "bytea"};
constexpr std::array tag_types{"bigint", "text"};

/// "$3::bigint, $4::uuid, …" from the parameter after `before` on; as arrays with "[]" behind.
std::string placeholders(std::span<const char* const> types, int& before, std::string_view behind) {
  std::string sql;
  for (const auto* type : types) {
    sql += fmt::format("{}${}::{}{}", sql.empty() ? "" : ", ", ++before, type, behind);
  }
  return sql;
}

/// One event of an append that is told by it; it must have no row of an outcome either, if $2.
const std::string& store_told_sql() {
  static const auto sql = [] {
    int parameter = 2;
    return fmt::format(
        "{} SELECT {} {} AND NOT EXISTS (SELECT 1 FROM appends WHERE append_id = $2::uuid)",
        insert_events, placeholders(event_types, parameter, ""), unchanged());
  }();
  return sql;
}

/// One event and one outcome, whose id must be no event's, if $2.
const std::string& store_one_sql() {
  static const auto sql = [] {
    int parameter = 2;
    const auto event = placeholders(event_types, parameter, "");
    return fmt::format(
        "WITH stored AS ({} SELECT {} {} "
        "AND NOT EXISTS (SELECT 1 FROM events WHERE event_id = $2::uuid) RETURNING 1) "
        "{} SELECT {} FROM stored",
        insert_events, event, unchanged(), insert_outcomes,
        placeholders(outcome_types, parameter, ""));
  }();
  return sql;
}

/// Events of appends that are told by them, without tags; with $2 as above.
const std::string& store_all_told_sql() {
  static const auto sql = [] {
    int parameter = 2;
    return fmt::format(
        "{} SELECT e.* FROM unnest({}) AS e WHERE (SELECT true {}) "
        "AND NOT EXISTS (SELECT 1 FROM appends WHERE append_id = ANY($2::uuid[]))",
        insert_events, placeholders(event_types, parameter, "[]"), unchanged());
  }();
  return sql;
}

/// Any number of both, with $2 and $3 as above.
const std::string& store_many_sql() {
  static const auto sql = [] {
    int parameter = 3;
    const auto events = placeholders(event_types, parameter, "[]");
    const auto tags = placeholders(tag_types, parameter, "[]");
    return fmt::format(
        "WITH unchanged AS (SELECT 1 {} "
        "AND NOT EXISTS (SELECT 1 FROM appends WHERE append_id = ANY($2::uuid[])) "
        "AND NOT EXISTS (SELECT 1 FROM events WHERE event_id = ANY($3::uuid[]))), "
        "stored AS ({} SELECT e.* FROM unchanged, unnest({}) AS e), "
        "tagged AS (INSERT INTO event_tags(position, tag) SELECT t.* FROM unchanged, "
        "unnest({}) AS t ON CONFLICT DO NOTHING), "
        "answered AS ({} SELECT a.* FROM unchanged, unnest({}) AS a) SELECT 1 FROM unchanged",
        unchanged(), insert_events, events, tags, insert_outcomes,
        placeholders(outcome_types, parameter, "[]"));
  }();
  return sql;
}

/// The column has a sign; readers take it for a bit.
std::int64_t as_column(std::uint32_t schema) { return static_cast<std::int32_t>(schema); }

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
      .add(metadata.recorded_at.micros())
      .add(micros_of(metadata.ingested_at))
      .add(metadata.event_id)
      .add(metadata.append_id)
      .add(as_column(row.event.schema))
      .add(as_bytes(row.chain));
  add_text(metadata.correlation_id);
  add_text(metadata.causation_id);
  add_text(metadata.traceparent);
  add_text(metadata.tenant);
  parameters.add(Bytes{metadata.extra});
  if (metadata.extra.empty()) parameters.make_null();
  parameters.add(Bytes{row.event.data});
  if (row.event.tombstone) parameters.make_null();
  parameters.add(as_bytes(row.data_digest));
  if (!row.event.tombstone) parameters.make_null();
}

std::optional<std::int64_t> expiry_of(const OutcomeRow& row) {
  return row.answer != nullptr ? std::optional(row.answer->expires_at.micros()) : std::nullopt;
}

void add_outcome(Parameters& parameters, const OutcomeRow& row) {
  parameters.add(row.id)
      .add(row.outcome.first.value())
      .add(event_count(row.outcome))
      .add(row.outcome.skipped)
      .add(expiry_of(row));
  const auto versions = encode_versions(row.outcome.versions);
  parameters.add(Bytes{versions});
  parameters.add(Bytes{row.answer != nullptr ? std::string_view(row.answer->bytes) : ""});
  if (row.answer == nullptr) parameters.make_null();
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

void add_ids(Parameters& parameters, const std::vector<AppendId>& ids) {
  parameters.add_uuid_array();
  for (const auto& id : ids) parameters.element(id.uuid());
}

void add_events(Parameters& parameters, const std::vector<EventRow>& rows) {
  using Row = const EventRow&;
  ArrayColumns(parameters)
      .bigints(rows, [](Row row) { return row.event.metadata.position.value(); })
      .bigints(rows, [](Row row) { return row.stream_id; })
      .bigints(rows, [](Row row) { return row.event.metadata.version.value(); })
      .bigints(rows, [](Row row) { return row.category_id; })
      .bigints(rows, [](Row row) { return row.type_id; })
      .bigints(rows, [](Row row) { return row.event.metadata.event_time.micros(); })
      .bigints(rows, [](Row row) { return row.event.metadata.recorded_at.micros(); })
      .bigints(rows, [](Row row) { return micros_of(row.event.metadata.ingested_at); })
      .ids(rows, [](Row row) { return row.event.metadata.event_id; })
      .ids(rows, [](Row row) { return row.event.metadata.append_id; })
      .bigints(rows, [](Row row) { return as_column(row.event.schema); })
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
      .bytes(rows,
             [](Row row) {
               return row.event.tombstone ? std::nullopt : std::optional(row.event.data);
             })
      .bytes(rows, [](Row row) {
        return row.event.tombstone ? std::optional(as_bytes(row.data_digest).bytes) : std::nullopt;
      });
}

void add_tags(Parameters& parameters, const std::vector<EventRow>& rows) {
  parameters.add_bigint_array();
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.tags.size(); ++at) {
      parameters.element(static_cast<std::int64_t>(row.event.metadata.position.value()));
    }
  }
  parameters.add_text_array();
  for (const auto& row : rows) {
    for (const auto& tag : row.tags) parameters.element(tag);
  }
}

void add_outcomes(Parameters& parameters, const std::vector<OutcomeRow>& rows) {
  using Row = const OutcomeRow&;
  std::vector<std::string> versions;
  versions.reserve(rows.size());
  for (const auto& row : rows) versions.push_back(encode_versions(row.outcome.versions));
  ArrayColumns(parameters)
      .ids(rows, [](Row row) { return row.id; })
      .bigints(rows, [](Row row) { return row.outcome.first.value(); })
      .bigints(rows, [](Row row) { return event_count(row.outcome); })
      .bigints(rows, [](Row row) { return row.outcome.skipped; })
      .bigints(rows, [](Row row) { return expiry_of(row); })
      .bytes(versions,
             [](const std::string& text) { return std::optional<std::string_view>(text); })
      .bytes(rows, [](Row row) {
        return row.answer != nullptr ? std::optional<std::string_view>(row.answer->bytes)
                                     : std::nullopt;
      });
}

bool has_tags(const GroupPlan& plan) {
  return std::any_of(plan.events().begin(), plan.events().end(),
                     [](const EventRow& row) { return !row.tags.empty(); });
}

Statement names_statement(const std::string& sql, const std::vector<NewName>& names, bool streams) {
  Statement statement{.sql = sql, .parameters = {}};
  ArrayColumns columns(statement.parameters);
  columns.bigints(names, [](const NewName& name) { return name.id; });
  if (streams) columns.bigints(names, [](const NewName& name) { return name.category_id; });
  columns.texts(names, [](const NewName& name) { return name.name; });
  return statement;
}

}  // namespace

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
  const auto note_blocks = [&](std::string_view sql, const GroupPlan::NewBlocks& blocks) {
    if (blocks.empty()) return;
    statements.push_back({.sql = std::string(sql), .parameters = {}});
    ArrayColumns(statements.back().parameters)
        .bigints(blocks, [](const auto& block) { return block.first; })
        .bigints(blocks, [](const auto& block) { return block.second; });
  };
  note_blocks(
      "INSERT INTO type_blocks(type_id, block) SELECT * FROM unnest($1::bigint[], $2::bigint[]) "
      "ON CONFLICT DO NOTHING",
      plan.new_type_blocks());
  note_blocks(
      "INSERT INTO category_blocks(category_id, block) "
      "SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING",
      plan.new_category_blocks());
  if (!plan.new_streams().empty()) {
    statements.push_back(
        names_statement("INSERT INTO streams(id, category_id, name) SELECT * FROM "
                        "unnest($1::bigint[], $2::bigint[], $3::text[])",
                        plan.new_streams(), true));
  }
  return statements;
}

Statement store_statement(const GroupPlan& plan, std::int64_t revision, bool ids_unknown) {
  const bool one = plan.events().size() == 1 && plan.events().front().tags.empty() &&
                   plan.outcomes().size() + plan.told().size() == 1;
  Statement statement;
  auto& parameters = statement.parameters;
  parameters.add(revision);
  if (one) {
    const bool told = plan.outcomes().empty();
    statement.sql = told ? store_told_sql() : store_one_sql();
    parameters.add(told ? plan.told().front() : plan.outcomes().front().id);
    if (!ids_unknown) parameters.make_null();
    add_event(parameters, plan.events().front());
    if (!told) add_outcome(parameters, plan.outcomes().front());
    return statement;
  }
  // What has a row of an outcome, or an event of its id, is found by the keys of both.
  add_ids(parameters, ids_unknown ? plan.told() : std::vector<AppendId>());
  if (plan.outcomes().empty() && !has_tags(plan)) {
    statement.sql = store_all_told_sql();
    add_events(parameters, plan.events());
    return statement;
  }
  statement.sql = store_many_sql();
  parameters.add_uuid_array();
  for (const auto& row : plan.outcomes()) {
    if (ids_unknown) parameters.element(row.id.uuid());
  }
  add_events(parameters, plan.events());
  add_tags(parameters, plan.events());
  add_outcomes(parameters, plan.outcomes());
  return statement;
}

Statement notify_statement(const std::string& channel) {
  return {.sql = "SELECT pg_notify($1, '') IS NULL",
          .parameters = postgres::parameters(std::string_view(channel))};
}

}  // namespace tidemark::store_postgres
