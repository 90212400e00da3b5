#include "replica.hpp"

#include <algorithm>

#include "columns.hpp"
#include "locks.hpp"
#include "tidemark/store/engine.hpp"
#include "tidemark/store/record_fields.hpp"

namespace tidemark::store_postgres {
namespace {

using postgres::Bytes;
using postgres::Rows;

/// How the records of one kind are read: rows whose first column is the key, from behind $1 on.
struct Reading {
  std::string sql;
  /// What each column behind the key is, in order: t(ext), n(umber), b(ytes), f(lag), and a(nswer),
  /// which says whether it is there.
  std::string_view columns;
};

Reading reading_of(Record::Kind kind) {
  switch (kind) {
    case Record::Kind::property:
      return {.sql = "SELECT name, value FROM properties WHERE name > $1 ORDER BY name LIMIT $2",
              .columns = {}};
    case Record::Kind::schema:
      return {.sql =
                  "SELECT * FROM (SELECT t.name || ' ' || lpad(s.schema::text, 10, '0') AS key, "
                  "t.name, s.schema, s.fingerprint FROM schemas s JOIN types t "
                  "ON t.id = s.type_id) AS found WHERE key > $1 ORDER BY key LIMIT $2",
              .columns = "tnt"};
    case Record::Kind::outcome:
      return {.sql =
                  "SELECT append_id, first, events, skipped, versions, answer, expires_at "
                  "FROM appends WHERE append_id > $1::uuid ORDER BY append_id LIMIT $2",
              .columns = "nnnban"};
    case Record::Kind::life:
      return {.sql =
                  "SELECT s.name, l.gone, l.deleted_through, l.truncated_before, "
                  "l.erased_before, l.count_max, l.age_max, l.who, l.reason, l.changed_at "
                  "FROM lives l JOIN streams s ON s.id = l.stream_id WHERE s.name > $1 "
                  "ORDER BY s.name LIMIT $2",
              .columns = "fnnnnnttn"};
    case Record::Kind::skip:
      return {.sql =
                  "SELECT lpad(position::text, 20, '0') AS key, who, reason, skipped_at "
                  "FROM skips WHERE position > ('0' || $1)::bigint ORDER BY position LIMIT $2",
              .columns = "ttn"};
    case Record::Kind::consumer:
      return {.sql =
                  "SELECT name, position, chain, reported_at FROM consumers WHERE name > $1 "
                  "ORDER BY name LIMIT $2",
              .columns = "nbn"};
    case Record::Kind::signature:
      break;
  }
  return {.sql =
              "SELECT lpad(position::text, 20, '0') AS key, chain, root, issued_at, note "
              "FROM checkpoints WHERE position > ('0' || $1)::bigint ORDER BY position LIMIT $2",
          .columns = "bbnt"};
}

std::string value_of(const Rows& rows, int row, std::string_view columns) {
  if (columns.empty()) return std::string(rows.bytes(row, 1));
  RecordFields fields;
  for (int column = 1; const char kind : columns) {
    const bool missing = rows.is_null(row, column);
    if (kind == 'a') fields.add(std::string_view(missing ? "" : "answer"));
    if (kind == 'n' && !missing) {
      fields.add(rows.integer(row, column));
    } else if (kind == 'f') {
      fields.add(std::int64_t{rows.boolean(row, column) ? 1 : 0});
    } else {
      fields.add(rows.bytes(row, column));
    }
    ++column;
  }
  return fields.take();
}

AppendId append_id_of(std::string_view key) {
  Uuid::Bytes bytes{};
  if (key.size() == bytes.size()) std::copy(key.begin(), key.end(), bytes.begin());
  return AppendId(Uuid(bytes));
}

Bytes digest_field(std::string_view field) {
  if (field.size() == sizeof(ChainHash)) return {field};
  throw Failure({.code = "store.bad_record",
                 .message = "a record of a copy is damaged: a digest does not have its size",
                 .hint = "copy it again"});
}

/// Where records go, inside one transaction.
class Putting {
 public:
  explicit Putting(postgres::Connection& connection) : connection_(connection) {
    const auto rows = connection_.query("SELECT max(position) FROM events");
    head_ = read_number(rows, 0, 0);
  }

  void put(const Record& record);

 private:
  void property(const Record& record);
  void schema(const Record& record);
  void outcome(const Record& record);
  void life(const Record& record);
  void skip(const Record& record);
  void consumer(const Record& record);
  void signature(const Record& record);

  postgres::Connection& connection_;
  std::uint64_t head_ = 0;
};

void Putting::property(const Record& record) {
  // A snapshot may be ahead of the copied log, and comes anew by itself.
  if (record.key.starts_with(snapshot_property(StreamId()))) return;
  connection_.query(
      "INSERT INTO properties(name, value) VALUES($1, $2) "
      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      postgres::parameters(record.key, Bytes{record.value}));
}

void Putting::schema(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  connection_.query(
      "INSERT INTO types(id, name) SELECT coalesce(max(id), 0) + 1, $1 FROM types "
      "ON CONFLICT (name) DO NOTHING",
      postgres::parameters(fields[0]));
  connection_.query(
      "INSERT INTO schemas(type_id, schema, fingerprint) SELECT id, $2, $3 FROM types "
      "WHERE name = $1 ON CONFLICT (type_id, schema) DO UPDATE SET "
      "fingerprint = excluded.fingerprint",
      postgres::parameters(fields[0], read_unsigned(fields[1]), fields[2]));
}

void Putting::outcome(const Record& record) {
  const auto fields = read_fields(record.value, 7);
  const auto first = read_unsigned(fields[0]);
  const auto events = read_unsigned(fields[1]);
  if (events > 0 && first + events - 1 > head_) return;
  postgres::Parameters parameters =
      postgres::parameters(append_id_of(record.key), first, events, read_unsigned(fields[2]),
                           Bytes{fields[3]}, Bytes{fields[5]});
  if (fields[4].empty()) parameters.make_null();
  parameters.add(fields[6].empty() ? std::int64_t{0} : read_signed(fields[6]));
  if (fields[6].empty()) parameters.make_null();
  connection_.query(
      "INSERT INTO appends(append_id, first, events, skipped, versions, answer, expires_at) "
      "VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (append_id) DO UPDATE SET "
      "first = excluded.first, events = excluded.events, skipped = excluded.skipped, "
      "versions = excluded.versions, answer = excluded.answer, expires_at = excluded.expires_at",
      parameters);
}

void Putting::life(const Record& record) {
  const auto fields = read_fields(record.value, 9);
  // Nothing is taken for erased that may have been copied before it was. Of a stream that has fewer
  // events here: of these.
  connection_.query(
      "INSERT INTO lives(stream_id, gone, deleted_through, truncated_before, erased_before, "
      "count_max, age_max, who, reason, changed_at) "
      "SELECT s.id, $2, least($3, e.version), least($4, e.version + 1), 1, $5, $6, $7, $8, $9 "
      "FROM streams s CROSS JOIN LATERAL "
      "(SELECT max(version) AS version FROM events WHERE stream_id = s.id) e "
      "WHERE s.name = $1 AND e.version IS NOT NULL "
      "ON CONFLICT (stream_id) DO UPDATE SET gone = excluded.gone, "
      "deleted_through = excluded.deleted_through, truncated_before = excluded.truncated_before, "
      "erased_before = excluded.erased_before, count_max = excluded.count_max, "
      "age_max = excluded.age_max, who = excluded.who, reason = excluded.reason, "
      "changed_at = excluded.changed_at",
      postgres::parameters(record.key, read_unsigned(fields[0]) != 0, read_unsigned(fields[1]),
                           read_unsigned(fields[2]), read_optional(fields[4]),
                           read_optional(fields[5]), fields[6], fields[7], read_signed(fields[8])));
}

void Putting::skip(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  const auto position = read_unsigned(record.key);
  if (position > head_) return;
  connection_.query(
      "INSERT INTO skips(position, who, reason, skipped_at) VALUES($1, $2, $3, $4) "
      "ON CONFLICT (position) DO UPDATE SET who = excluded.who, reason = excluded.reason, "
      "skipped_at = excluded.skipped_at",
      postgres::parameters(position, fields[0], fields[1], read_signed(fields[2])));
}

void Putting::consumer(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  const auto position = read_unsigned(fields[0]);
  if (position > head_) return;
  connection_.query(
      "INSERT INTO consumers(name, position, chain, reported_at) VALUES($1, $2, $3, $4) "
      "ON CONFLICT (name) DO UPDATE SET position = excluded.position, chain = excluded.chain, "
      "reported_at = excluded.reported_at",
      postgres::parameters(record.key, position, digest_field(fields[1]), read_signed(fields[2])));
}

void Putting::signature(const Record& record) {
  const auto fields = read_fields(record.value, 4);
  const auto position = read_unsigned(record.key);
  if (position > head_) return;
  connection_.query(
      "INSERT INTO checkpoints(position, chain, root, issued_at, note) VALUES($1, $2, $3, $4, $5) "
      "ON CONFLICT (position) DO UPDATE SET chain = excluded.chain, root = excluded.root, "
      "issued_at = excluded.issued_at, note = excluded.note",
      postgres::parameters(position, digest_field(fields[0]), digest_field(fields[1]),
                           read_signed(fields[2]), fields[3]));
}

void Putting::put(const Record& record) {
  switch (record.kind) {
    case Record::Kind::property:
      return property(record);
    case Record::Kind::schema:
      return schema(record);
    case Record::Kind::outcome:
      return outcome(record);
    case Record::Kind::life:
      return life(record);
    case Record::Kind::skip:
      return skip(record);
    case Record::Kind::consumer:
      return consumer(record);
    case Record::Kind::signature:
      return signature(record);
  }
}

}  // namespace

std::vector<Record> find_records(postgres::Connection& connection, Record::Kind kind,
                                 const std::string& after, std::uint64_t limit) {
  const auto reading = reading_of(kind);
  const bool by_id = kind == Record::Kind::outcome;
  postgres::Parameters parameters;
  if (by_id) {
    parameters.add(append_id_of(after));
  } else {
    parameters.add(std::string_view(after));
  }
  parameters.add(std::min<std::uint64_t>(limit, INT64_MAX));
  const auto rows = connection.query(reading.sql, parameters);
  std::vector<Record> found;
  found.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) {
    found.push_back({.kind = kind,
                     .key = std::string(rows.bytes(row, 0)),
                     .value = value_of(rows, row, reading.columns)});
  }
  return found;
}

void put_records(postgres::Connection& connection, std::span<const Record> records) {
  postgres::Transaction transaction(connection);
  connection.query(life_lock_sql());
  connection.query(lock_sql());
  connection.query("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE");
  Putting putting(connection);
  for (const auto& record : records) putting.put(record);
  connection.query("UPDATE head SET revision = revision + 1");
  transaction.commit();
}

}  // namespace tidemark::store_postgres
