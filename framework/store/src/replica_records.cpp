#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "consumers.hpp"
#include "life_mask.hpp"
#include "replica.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/record_fields.hpp"

namespace tidemark::store {
namespace {

using sqlite::Blob;
using sqlite::Statement;

/// How the records of one kind are read: rows whose column 0 is the key, from behind `?1` on.
struct Reading {
  std::string_view sql;
  bool key_is_blob = false;
  std::string (*value)(const Statement& row) = nullptr;
};

std::string property_value(const Statement& row) { return std::string(row.blob(1)); }

std::string schema_value(const Statement& row) {
  return RecordFields().add(row.text(1)).add(read_number(row, 2)).add(row.text(3)).take();
}

std::string outcome_value(const Statement& row) {
  RecordFields fields;
  fields.add(read_number(row, 1)).add(read_number(row, 2)).add(read_number(row, 3));
  fields.add(row.blob(4)).add(row.is_null(5) ? "" : "answer").add(row.blob(5));
  fields.add(row.is_null(6) ? std::optional<std::int64_t>() : row.integer(6));
  return fields.take();
}

std::string life_value(const Statement& row) {
  RecordFields fields;
  for (int column = 1; column <= 4; ++column) fields.add(read_number(row, column));
  for (int column = 5; column <= 6; ++column) {
    fields.add(row.is_null(column) ? std::optional<std::int64_t>() : row.integer(column));
  }
  fields.add(row.text(7)).add(row.text(8)).add(row.integer(9));
  return fields.take();
}

std::string skip_value(const Statement& row) {
  return RecordFields().add(row.text(1)).add(row.text(2)).add(row.integer(3)).take();
}

std::string consumer_value(const Statement& row) {
  return RecordFields().add(read_number(row, 1)).add(row.blob(2)).add(row.integer(3)).take();
}

std::string signature_value(const Statement& row) {
  return RecordFields()
      .add(row.blob(1))
      .add(row.blob(2))
      .add(row.integer(3))
      .add(row.text(4))
      .take();
}

Reading reading_of(Record::Kind kind) {
  switch (kind) {
    case Record::Kind::property:
      return {.sql = "SELECT name, value FROM properties WHERE name > ?1 ORDER BY name LIMIT ?2",
              .value = &property_value};
    case Record::Kind::schema:
      return {.sql =
                  "SELECT name || printf(' %010d', schema) AS key, name, schema, fingerprint "
                  "FROM schemas JOIN types ON id = type_id WHERE key > ?1 ORDER BY key LIMIT ?2",
              .value = &schema_value};
    case Record::Kind::outcome:
      return {.sql =
                  "SELECT append_id, first, events, skipped, versions, answer, expires_at "
                  "FROM appends WHERE append_id > ?1 ORDER BY append_id LIMIT ?2",
              .key_is_blob = true,
              .value = &outcome_value};
    case Record::Kind::life:
      return {.sql =
                  "SELECT name, gone, deleted_through, truncated_before, erased_before, "
                  "count_max, age_max, who, reason, changed_at "
                  "FROM lives JOIN streams ON id = stream_id WHERE name > ?1 "
                  "ORDER BY name LIMIT ?2",
              .value = &life_value};
    case Record::Kind::skip:
      return {.sql =
                  "SELECT printf('%020d', position) AS key, who, reason, skipped_at FROM skips "
                  "WHERE position > ?1 + 0 ORDER BY position LIMIT ?2",
              .value = &skip_value};
    case Record::Kind::consumer:
      return {.sql =
                  "SELECT name, position, chain, reported_at FROM consumers WHERE name > ?1 "
                  "ORDER BY name LIMIT ?2",
              .value = &consumer_value};
    case Record::Kind::signature:
      break;
  }
  return {.sql =
              "SELECT printf('%020d', position) AS key, chain, root, issued_at, note "
              "FROM checkpoints WHERE position > ?1 + 0 ORDER BY position LIMIT ?2",
          .value = &signature_value};
}

std::string_view digest_field(std::string_view field) {
  if (field.size() == sizeof(ChainHash)) return field;
  throw Failure({.code = "store.bad_record",
                 .message = "a record of a copy is damaged: a digest does not have its size",
                 .hint = "copy it again"});
}

/// Where a record that belongs to events of the log goes; what is ahead of the log stays out: the
/// log is a copy of an earlier moment.
class Putting {
 public:
  explicit Putting(LogWriter& writer) : writer_(writer), database_(writer.database()) {}

  void schema(const Record& record);
  void outcome(const Record& record);
  void life(const Record& record);
  void skip(const Record& record);
  void consumer(const Record& record);
  void signature(const Record& record);
  void property(const Record& record);

 private:
  [[nodiscard]] bool is_ahead(std::uint64_t position) {
    return position > writer_.cache().head().position.value();
  }

  LogWriter& writer_;
  sqlite::Database& database_;
};

void Putting::property(const Record& record) {
  // A snapshot may be ahead of the copied log, and comes anew by itself.
  if (record.key.starts_with(snapshot_property(StreamId()))) return;
  database_.statement("INSERT OR REPLACE INTO properties(name, value) VALUES(?1, ?2)")
      .bind_all(std::string_view(record.key), Blob{record.value})
      .run();
}

void Putting::schema(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  database_
      .statement("INSERT OR REPLACE INTO schemas(type_id, schema, fingerprint) VALUES(?1, ?2, ?3)")
      .bind_all(writer_.cache().type_id(fields[0]), read_unsigned(fields[1]), fields[2])
      .run();
}

void Putting::outcome(const Record& record) {
  const auto fields = read_fields(record.value, 7);
  const auto first = read_unsigned(fields[0]);
  const auto events = read_unsigned(fields[1]);
  if (events > 0 && is_ahead(first + events - 1)) return;
  auto insert = database_.statement(
      "INSERT OR REPLACE INTO appends(append_id, first, events, skipped, versions, answer, "
      "expires_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  insert.bind_all(Blob{record.key}, first, events, read_unsigned(fields[2]), Blob{fields[3]});
  if (!fields[4].empty()) insert.bind(6, Blob{fields[5]});
  if (!fields[6].empty()) insert.bind(7, read_signed(fields[6]));
  insert.run();
}

void Putting::life(const Record& record) {
  const auto fields = read_fields(record.value, 9);
  auto stream = writer_.cache().stream(record.key);
  if (stream.id == 0) return;
  // Of a stream that has fewer events here: of these.
  const auto deleted_through = std::min(read_unsigned(fields[1]), stream.version.value());
  const auto truncated_before = std::min(read_unsigned(fields[2]), stream.version.value() + 1);
  database_
      .statement(
          "INSERT OR REPLACE INTO lives(stream_id, gone, deleted_through, truncated_before, "
          "erased_before, count_max, age_max, who, reason, changed_at, change) "
          "VALUES(?1, ?2, ?3, ?4, coalesce((SELECT min(erased_before, ?4) FROM lives "
          "WHERE stream_id = ?1), 1), ?5, ?6, ?7, ?8, ?9, ?10)")
      // Nothing is taken for erased that may have been copied before it was: what was erased here
      // counts, not what was in the source.
      .bind_all(stream.id, read_unsigned(fields[0]), deleted_through, truncated_before,
                read_optional(fields[4]), read_optional(fields[5]), fields[6], fields[7],
                read_signed(fields[8]), announce_life_change(database_))
      .run();
  stream.deleted_through = StreamVersion(deleted_through);
  stream.gone = read_unsigned(fields[0]) != 0;
  writer_.cache().put_stream(record.key, stream);
}

void Putting::skip(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  const auto position = read_unsigned(record.key);
  if (is_ahead(position)) return;
  EventRows events(writer_.files(), "SELECT stream_id FROM events WHERE position = ?1");
  const auto* event = events.find(position);
  if (event == nullptr) return;
  database_
      .statement(
          "INSERT OR REPLACE INTO skips(position, stream_id, who, reason, skipped_at) "
          "VALUES(?1, ?2, ?3, ?4, ?5)")
      .bind_all(position, event->integer(0), fields[0], fields[1], read_signed(fields[2]))
      .run();
  announce_life_change(database_);
}

void Putting::consumer(const Record& record) {
  const auto fields = read_fields(record.value, 3);
  const auto position = read_unsigned(fields[0]);
  if (is_ahead(position)) return;
  database_
      .statement(
          "INSERT OR REPLACE INTO consumers(name, position, chain, reported_at) "
          "VALUES(?1, ?2, ?3, ?4)")
      .bind_all(std::string_view(record.key), position, Blob{digest_field(fields[1])},
                read_signed(fields[2]))
      .run();
}

void Putting::signature(const Record& record) {
  const auto fields = read_fields(record.value, 4);
  const auto position = read_unsigned(record.key);
  if (is_ahead(position)) return;
  database_
      .statement(
          "INSERT OR REPLACE INTO checkpoints(position, chain, root, issued_at, note) "
          "VALUES(?1, ?2, ?3, ?4, ?5)")
      .bind_all(position, Blob{digest_field(fields[0])}, Blob{digest_field(fields[1])},
                read_signed(fields[2]), fields[3])
      .run();
}

}  // namespace

std::vector<Record> find_records(sqlite::Database& database, Record::Kind kind,
                                 const std::string& after, std::uint64_t limit) {
  const auto reading = reading_of(kind);
  auto rows = database.statement(reading.sql);
  if (reading.key_is_blob) {
    rows.bind(1, Blob{after});
  } else {
    rows.bind(1, std::string_view(after));
  }
  rows.bind(2, limit);
  std::vector<Record> found;
  while (rows.next()) {
    found.push_back({.kind = kind,
                     .key = std::string(reading.key_is_blob ? rows.blob(0) : rows.text(0)),
                     .value = reading.value(rows)});
  }
  return found;
}

void put_record(LogWriter& writer, const Record& record) {
  Putting putting(writer);
  switch (record.kind) {
    case Record::Kind::property:
      return putting.property(record);
    case Record::Kind::schema:
      return putting.schema(record);
    case Record::Kind::outcome:
      return putting.outcome(record);
    case Record::Kind::life:
      return putting.life(record);
    case Record::Kind::skip:
      return putting.skip(record);
    case Record::Kind::consumer:
      return putting.consumer(record);
    case Record::Kind::signature:
      return putting.signature(record);
  }
}

}  // namespace tidemark::store
