#include "stream_chunk.hpp"

#include <algorithm>
#include <cstring>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

/// What an event has; each is one bit of its first byte.
enum Part : std::uint8_t {
  ingested_at = 1,
  correlation_id = 2,
  causation_id = 4,
  traceparent = 8,
  tenant = 16,
  extra = 32,
  data = 64,
};

void put_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>((number & 0x7F) | 0x80);
  out += static_cast<char>(number);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

void put_uuid(std::string& out, const Uuid& uuid) {
  out.append(reinterpret_cast<const char*>(uuid.bytes().data()), Uuid::size);
}

void put_time(std::string& out, UtcTime time) {
  const auto micros = time.micros();
  out.append(reinterpret_cast<const char*>(&micros), sizeof micros);
}

[[noreturn]] void fail() {
  throw Failure({.code = "side.damaged",
                 .message = "a chunk of the side store is damaged",
                 .hint = "delete the side store: it comes anew from the log"});
}

/// Takes pieces off the front of bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }

  std::uint64_t number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return number;
    }
    fail();
  }
  std::string_view text() { return take(number()); }
  Uuid uuid() {
    Uuid::Bytes bytes{};
    std::memcpy(bytes.data(), take(Uuid::size).data(), Uuid::size);
    return Uuid(bytes);
  }
  UtcTime time() {
    std::int64_t micros = 0;
    std::memcpy(&micros, take(sizeof micros).data(), sizeof micros);
    return UtcTime::from_micros(micros);
  }
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) fail();
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view bytes_;
};

}  // namespace

void StreamChunk::add(const EventView& event, std::int64_t type_id) {
  const auto& metadata = event.metadata;
  const auto part = [](Part which, bool has) { return has ? static_cast<int>(which) : 0; };
  bytes_ += static_cast<char>(part(ingested_at, metadata.ingested_at.has_value()) |
                              part(correlation_id, !metadata.correlation_id.empty()) |
                              part(causation_id, !metadata.causation_id.empty()) |
                              part(traceparent, !metadata.traceparent.empty()) |
                              part(tenant, !metadata.tenant.empty()) |
                              part(extra, !metadata.extra.empty()) | part(data, !event.tombstone));
  put_number(bytes_, metadata.position.value() - position_);
  position_ = metadata.position.value();
  put_number(bytes_, static_cast<std::uint64_t>(type_id));
  put_number(bytes_, event.schema);
  put_uuid(bytes_, metadata.event_id.uuid());
  put_uuid(bytes_, metadata.append_id.uuid());
  put_time(bytes_, metadata.event_time);
  put_time(bytes_, metadata.recorded_at);
  if (metadata.ingested_at) put_time(bytes_, *metadata.ingested_at);
  for (const auto text : {metadata.correlation_id, metadata.causation_id, metadata.traceparent,
                          metadata.tenant, metadata.extra}) {
    if (!text.empty()) put_text(bytes_, text);
  }
  if (!event.tombstone) put_text(bytes_, event.data);
  ++events_;
}

void StreamChunk::clear() {
  events_ = 0;
  position_ = 0;
  bytes_.clear();
}

/// Four multiplicative lanes of 64 bits over the words, so that it costs next to nothing.
std::int64_t chunk_sum(std::int64_t key, std::uint64_t last, std::string_view bytes) {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15ULL;
  std::uint64_t lanes[4] = {bytes.size(), static_cast<std::uint64_t>(key), last, 3};
  const auto add = [](std::uint64_t& lane, const char* from, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, size);
    lane = (lane ^ word) * factor;
    lane ^= lane >> 29;
  };
  constexpr auto size = sizeof(std::uint64_t);
  const auto* at = bytes.data();
  const auto* const end = at + bytes.size();
  for (; end - at >= static_cast<std::ptrdiff_t>(4 * size); at += 4 * size) {
    for (std::size_t lane = 0; lane < 4; ++lane) add(lanes[lane], at + lane * size, size);
  }
  for (auto& lane : lanes) {
    const auto left = std::min(size, static_cast<std::size_t>(end - at));
    if (left == 0) break;
    add(lane, at, left);
    at += left;
  }
  std::uint64_t sum = 0;
  for (const auto part : lanes) sum = (sum ^ part) * factor;
  return static_cast<std::int64_t>(sum ^ (sum >> 32));
}

void read_chunk(std::string_view bytes,
                const std::function<bool(EventView& event, std::int64_t type_id)>& visit) {
  Reader reader(bytes);
  std::uint64_t position = 0;
  while (!reader.is_at_end()) {
    const auto parts = static_cast<unsigned char>(reader.take(1).front());
    EventView event;
    auto& metadata = event.metadata;
    position += reader.number();
    metadata.position = Position(position);
    const auto type_id = static_cast<std::int64_t>(reader.number());
    event.schema = static_cast<std::uint32_t>(reader.number());
    metadata.event_id = EventId(reader.uuid());
    metadata.append_id = AppendId(reader.uuid());
    metadata.event_time = reader.time();
    metadata.recorded_at = reader.time();
    if ((parts & ingested_at) != 0) metadata.ingested_at = reader.time();
    if ((parts & correlation_id) != 0) metadata.correlation_id = reader.text();
    if ((parts & causation_id) != 0) metadata.causation_id = reader.text();
    if ((parts & traceparent) != 0) metadata.traceparent = reader.text();
    if ((parts & tenant) != 0) metadata.tenant = reader.text();
    if ((parts & extra) != 0) metadata.extra = reader.text();
    event.tombstone = (parts & data) == 0;
    if (!event.tombstone) event.data = reader.text();
    if (!visit(event, type_id)) return;
  }
}

}  // namespace tidemark::store
