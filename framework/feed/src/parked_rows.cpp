#include "parked_rows.hpp"

#include <stdexcept>

#include "tidemark/sql/text.hpp"

namespace tidemark::feed {
namespace {

ParkState parse_state(std::string_view text) {
  if (text == "retrying") return ParkState::retrying;
  return text == "parked" ? ParkState::parked : ParkState::queued;
}

Place place_of(const sql::Statement& row, int first_column) {
  const auto at = row.integer(first_column + 2);
  if (row.is_null(first_column)) return Position(static_cast<std::uint64_t>(at));
  return KafkaPlace{.topic = std::string(row.text(first_column)),
                    .partition = static_cast<std::int32_t>(row.integer(first_column + 1)),
                    .offset = at};
}

std::string_view as_bytes(const Uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.bytes().data()), Uuid::size};
}

Uuid uuid_of(std::string_view bytes) {
  if (bytes.size() != Uuid::size) return Uuid();
  return Uuid::from_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

const char* const parked_columns =
    "id, key, state, topic, partition, place, stream, type, event_id, reason, attempts, parked_at,"
    " next_attempt_at, data, copied";

std::string_view to_string(ParkState state) {
  switch (state) {
    case ParkState::retrying:
      return "retrying";
    case ParkState::parked:
      return "parked";
    case ParkState::queued:
      break;
  }
  return "queued";
}

Parked read_parked(const sql::Statement& row) {
  return {.id = row.integer(0),
          .key = std::string(row.blob(1)),
          .state = parse_state(row.text(2)),
          .place = place_of(row, 3),
          .stream = std::string(row.text(6)),
          .type = std::string(row.text(7)),
          .event_id = to_string(uuid_of(row.blob(8))),
          .reason = std::string(row.text(9)),
          .attempts = static_cast<std::uint32_t>(row.integer(10)),
          .parked_at = UtcTime::from_micros(row.integer(11)),
          .next_attempt_at = UtcTime::from_micros(row.integer(12)),
          .data = std::string(row.blob(13)),
          .copied = row.integer(14) != 0};
}

void insert_parked(sql::Database& file, const Delivery& delivery, const Parking& parking) {
  auto insert = file.statement(
      "INSERT INTO feed_parked(key, state, topic, partition, place, stream, type, event_id, reason,"
      " attempts, parked_at, next_attempt_at, data, schema, version, append_id, event_time,"
      " recorded_at, ingested_at, correlation_id, causation_id, traceparent, tenant, extra,"
      " position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
      " ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)");
  const auto& event = delivery.event;
  const auto& metadata = event.metadata;
  insert.bind(1, sql::Blob{delivery.key});
  insert.bind(2, to_string(parking.state));
  if (const auto* kafka = std::get_if<KafkaPlace>(&delivery.place)) {
    insert.bind(3, std::string_view(kafka->topic)).bind(4, kafka->partition);
    insert.bind(5, kafka->offset);
  } else {
    insert.bind(5, std::get<Position>(delivery.place).value());
  }
  // What comes from outside may be anything.
  insert.bind(6, sql::text_of(metadata.stream)).bind(7, sql::text_of(event.type));
  insert.bind(8, sql::Blob{as_bytes(metadata.event_id.uuid())});
  const auto reason = parking.reason.empty() ? delivery.unreadable : parking.reason;
  insert.bind(9, sql::text_of(reason)).bind(10, parking.attempts);
  insert.bind(11, parking.parked_at.micros()).bind(12, parking.next_attempt_at.micros());
  insert.bind(13, sql::Blob{event.data}).bind(14, event.schema);
  insert.bind(15, metadata.version.value());
  insert.bind(16, sql::Blob{as_bytes(metadata.append_id.uuid())});
  insert.bind(17, metadata.event_time.micros()).bind(18, metadata.recorded_at.micros());
  if (metadata.ingested_at) insert.bind(19, metadata.ingested_at->micros());
  insert.bind(20, sql::text_of(metadata.correlation_id));
  insert.bind(21, sql::text_of(metadata.causation_id));
  insert.bind(22, sql::text_of(metadata.traceparent)).bind(23, sql::text_of(metadata.tenant));
  insert.bind(24, sql::Blob{metadata.extra}).bind(25, metadata.position.value());
  insert.run();
}

std::optional<OwnedDelivery> load_delivery(sql::Database& file, std::int64_t id) {
  auto row = file.statement(
      "SELECT key, topic, partition, place, stream, type, event_id, data, schema, version,"
      " append_id, event_time, recorded_at, ingested_at, correlation_id, causation_id, traceparent,"
      " tenant, extra, position, reason FROM feed_parked WHERE id = ?1");
  row.bind(1, id);
  if (!row.next()) return std::nullopt;
  Delivery delivery;
  delivery.key = row.blob(0);
  delivery.place = place_of(row, 1);
  delivery.event.type = row.text(5);
  delivery.event.data = row.blob(7);
  delivery.event.schema = static_cast<std::uint32_t>(row.integer(8));
  auto& metadata = delivery.event.metadata;
  metadata.stream = row.text(4);
  metadata.event_id = EventId(uuid_of(row.blob(6)));
  metadata.version = StreamVersion(static_cast<std::uint64_t>(row.integer(9)));
  metadata.append_id = AppendId(uuid_of(row.blob(10)));
  metadata.event_time = UtcTime::from_micros(row.integer(11));
  metadata.recorded_at = UtcTime::from_micros(row.integer(12));
  if (!row.is_null(13)) metadata.ingested_at = UtcTime::from_micros(row.integer(13));
  metadata.correlation_id = row.text(14);
  metadata.causation_id = row.text(15);
  metadata.traceparent = row.text(16);
  metadata.tenant = row.text(17);
  metadata.extra = row.blob(18);
  metadata.position = Position(static_cast<std::uint64_t>(row.integer(19)));
  // What has no type was no event when it came, and is none today.
  if (delivery.event.type.empty()) delivery.unreadable = row.text(20);
  return OwnedDelivery(delivery);
}

bool was_dropped(sql::Database& file, const EventId& event_id) {
  auto look = file.statement("SELECT 1 FROM feed_dropped WHERE event_id = ?1");
  look.bind(1, sql::Blob{as_bytes(event_id.uuid())});
  return look.next();
}

bool remove_first(sql::Database& file, std::int64_t id, std::string_view key) {
  auto remove = file.statement("DELETE FROM feed_parked WHERE id = ?1");
  remove.bind(1, id).run();
  if (file.changes() == 0) return false;
  auto promote = file.statement(
      "UPDATE feed_parked SET state = 'retrying', next_attempt_at = 0"
      " WHERE id = (SELECT min(id) FROM feed_parked WHERE key = ?1)");
  promote.bind(1, sql::Blob{key}).run();
  return true;
}

}  // namespace tidemark::feed
