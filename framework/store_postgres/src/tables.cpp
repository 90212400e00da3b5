#include "tables.hpp"

#include <fmt/format.h>

#include <array>

#include "tidemark/base/failure.hpp"
#include "tidemark/postgres/migration.hpp"

namespace tidemark::store_postgres {
namespace {

// `head` is one row that appends read and never write: `revision` moves when something that a
// writer may remember changes without an event. What orders appends is the key of `events`: of two
// that take the same position, one finds it taken. Columns of `events` are ordered so that none
// needs padding.
constexpr std::string_view format_1 = R"sql(
CREATE TABLE {schema}.head(revision bigint NOT NULL, listening_until timestamptz NOT NULL);
INSERT INTO {schema}.head VALUES(0, '-infinity');
CREATE TABLE {schema}.meta(name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE {schema}.properties(name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE {schema}.categories(id bigint PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE {schema}.types(id bigint PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE {schema}.schemas(
  type_id bigint NOT NULL, schema bigint NOT NULL, fingerprint text COLLATE "C" NOT NULL,
  PRIMARY KEY(type_id, schema), UNIQUE(type_id, fingerprint));
CREATE TABLE {schema}.streams(
  id bigint PRIMARY KEY, category_id bigint NOT NULL, name text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE {schema}.events(
  position bigint PRIMARY KEY,
  stream_id bigint NOT NULL,
  version bigint NOT NULL,
  category_id bigint NOT NULL,
  type_id bigint NOT NULL,
  event_time bigint NOT NULL,
  recorded_at bigint NOT NULL,
  ingested_at bigint,
  event_id uuid NOT NULL,
  append_id uuid NOT NULL,
  schema integer NOT NULL,
  chain bytea NOT NULL,
  correlation_id text COLLATE "C",
  causation_id text COLLATE "C",
  traceparent text COLLATE "C",
  tenant text COLLATE "C",
  extra bytea,
  data_digest bytea,
  data bytea);
CREATE UNIQUE INDEX events_by_stream ON {schema}.events(stream_id, version);
CREATE UNIQUE INDEX events_by_id ON {schema}.events(event_id);
CREATE INDEX events_by_correlation ON {schema}.events(correlation_id, position)
  WHERE correlation_id IS NOT NULL;
CREATE TABLE {schema}.event_tags(
  position bigint NOT NULL, tag text COLLATE "C" NOT NULL, PRIMARY KEY(tag, position));
CREATE TABLE {schema}.appends(
  append_id uuid PRIMARY KEY,
  first bigint NOT NULL,
  events bigint NOT NULL,
  skipped bigint NOT NULL,
  expires_at bigint,
  versions bytea NOT NULL,
  answer bytea);
CREATE INDEX appends_by_expiry ON {schema}.appends(expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE {schema}.type_blocks(
  type_id bigint NOT NULL, block bigint NOT NULL, PRIMARY KEY(type_id, block));
CREATE TABLE {schema}.category_blocks(
  category_id bigint NOT NULL, block bigint NOT NULL, PRIMARY KEY(category_id, block));
CREATE TABLE {schema}.lives(
  stream_id bigint PRIMARY KEY,
  deleted_through bigint NOT NULL,
  truncated_before bigint NOT NULL,
  erased_before bigint NOT NULL,
  count_max bigint,
  age_max bigint,
  changed_at bigint NOT NULL,
  gone boolean NOT NULL,
  who text NOT NULL,
  reason text NOT NULL);
CREATE INDEX lives_to_erase ON {schema}.lives(stream_id) WHERE erased_before < truncated_before;
CREATE INDEX lives_to_retain ON {schema}.lives(stream_id) WHERE count_max > 0 OR age_max > 0;
CREATE TABLE {schema}.skips(
  position bigint PRIMARY KEY, skipped_at bigint NOT NULL, who text NOT NULL, reason text NOT NULL);
CREATE TABLE {schema}.consumers(
  name text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL,
  reported_at bigint NOT NULL,
  chain bytea NOT NULL);
CREATE TABLE {schema}.checkpoints(
  position bigint PRIMARY KEY,
  issued_at bigint NOT NULL,
  chain bytea NOT NULL,
  root bytea NOT NULL,
  note text NOT NULL)
)sql";

/// Complete subtrees of the tree over the log, from level 10 on.
constexpr std::string_view format_2 = R"sql(
CREATE TABLE {schema}.merkle(
  level bigint NOT NULL, number bigint NOT NULL, hash bytea NOT NULL, PRIMARY KEY(level, number))
)sql";

constexpr std::array<postgres::Migration, 2> migrations{
    {{.to_format = 1, .sql = format_1}, {.to_format = 2, .sql = format_2}}};
constexpr postgres::SchemaFormat format{.name = "tidemark store", .migrations = migrations};

std::string in_milliseconds(Micros time) {
  return fmt::format("{}ms", std::max<std::int64_t>(1, time.count() / 1000));
}

void check_encoding(postgres::Connection& connection) {
  const auto encoding = connection.query("SHOW server_encoding");
  if (encoding.text(0, 0) == "UTF8") return;
  throw Failure({.code = "store.encoding",
                 .message = fmt::format("the database has the encoding {}", encoding.text(0, 0)),
                 .hint = "a store needs a database with the encoding UTF8"});
}

}  // namespace

postgres::ConnectOptions connect_options(const PostgresStoreOptions& options) {
  postgres::ConnectOptions connect{.conninfo = options.conninfo,
                                   .connect_timeout = options.connect_timeout,
                                   .reply_timeout = options.reply_timeout,
                                   .area = "store"};
  connect.settings = {
      {"search_path", options.schema},
      {"default_transaction_isolation", "read committed"},
      {"lock_timeout", in_milliseconds(options.busy_timeout)},
      {"statement_timeout", in_milliseconds(options.reply_timeout)},
      // A process that stops in the middle of a commit keeps the others no longer than this.
      {"idle_in_transaction_session_timeout", in_milliseconds(options.busy_timeout)},
      // Statements are planned once, when tables may be empty and statistics missing: every one of
      // them is a look-up or a walk along an index.
      {"plan_cache_mode", "force_generic_plan"},
      {"enable_seqscan", "off"},
      {"enable_bitmapscan", "off"},
      {"jit", "off"}};
  // An acknowledged append is durable whatever the server's own setting, also one that it is given
  // while this is connected; one that asks for more, such as standby servers, stays.
  connect.first_statements =
      "SELECT set_config('synchronous_commit', coalesce(nullif("
      "current_setting('synchronous_commit'), 'off'), 'on'), false)";
  return connect;
}

void prepare_schema(postgres::Connection& connection, const PostgresStoreOptions& options) {
  check_encoding(connection);
  try {
    if (options.read_only || options.must_exist) {
      postgres::check_format(connection, options.schema, format);
    } else {
      postgres::migrate(connection, options.schema, format);
    }
  } catch (const Failure& failure) {
    if (failure.code() != "store.foreign") throw;
    throw Failure({.code = "store.not_a_store",
                   .message = fmt::format("the schema {} holds something else", options.schema),
                   .hint = "name another schema; this one was left as it is"});
  }
}

std::uint32_t newest_format() { return static_cast<std::uint32_t>(migrations.size()); }

void give_identity(postgres::Connection& connection, const store::Identity& identity) {
  const auto& id = identity.store_id.uuid();
  const std::string_view id_bytes(reinterpret_cast<const char*>(id.bytes().data()), Uuid::size);
  connection.pipeline(
      {{.sql = "INSERT INTO meta(name, value) VALUES('store_id', $1) ON CONFLICT DO NOTHING",
        .parameters = postgres::parameters(postgres::Bytes{id_bytes})},
       {.sql = "INSERT INTO meta(name, value) VALUES('created_at', int8send($1)) "
               "ON CONFLICT DO NOTHING",
        .parameters = postgres::parameters(identity.created_at.micros())}});
}

store::Identity read_identity(postgres::Connection& connection) {
  const auto rows = connection.query(
      "SELECT encode((SELECT value FROM meta WHERE name = 'store_id'), 'hex')::uuid, "
      "('x' || encode((SELECT value FROM meta WHERE name = 'created_at'), "
      "'hex'))::bit(64)::bigint");
  if (rows.is_null(0, 0)) return {};
  return {.store_id = StoreId(rows.uuid(0, 0)),
          .created_at = UtcTime::from_micros(rows.integer(0, 1))};
}

std::string channel_of(const PostgresStoreOptions& options) {
  return ("tidemark:" + options.schema).substr(0, 63);
}

}  // namespace tidemark::store_postgres
