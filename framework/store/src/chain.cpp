#include "chain.hpp"

#include <algorithm>
#include <array>

namespace tidemark::store {
namespace {

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
  const auto micros = static_cast<std::uint64_t>(time.micros());
  std::array<char, 8> bytes{};
  for (unsigned at = 0; at < 8; ++at) bytes[at] = static_cast<char>(micros >> (8 * at));
  out.append(bytes.data(), bytes.size());
}

}  // namespace

void encode_envelope(const EventView& event, std::string& out) {
  const auto& metadata = event.metadata;
  put_number(out, metadata.position.value());
  put_text(out, metadata.stream);
  put_number(out, metadata.version.value());
  put_text(out, event.type);
  put_number(out, event.schema);
  put_uuid(out, metadata.event_id.uuid());
  put_uuid(out, metadata.append_id.uuid());
  put_time(out, metadata.event_time);
  put_time(out, metadata.recorded_at);
  out += static_cast<char>(metadata.ingested_at ? 1 : 0);
  if (metadata.ingested_at) put_time(out, *metadata.ingested_at);
  put_text(out, metadata.correlation_id);
  put_text(out, metadata.causation_id);
  put_text(out, metadata.traceparent);
  put_text(out, metadata.tenant);
  put_text(out, metadata.extra);
}

ChainHash Chain::next(const ChainHash& previous, const EventView& event,
                      const security::Digest& data) {
  envelope_.clear();
  encode_envelope(event, envelope_);
  const auto envelope = security::digest(envelope_);
  std::array<char, 3 * sizeof(security::Digest)> link{};
  auto end = std::copy(previous.begin(), previous.end(), link.begin());
  end = std::copy(envelope.begin(), envelope.end(), end);
  std::copy(data.begin(), data.end(), end);
  return security::digest({link.data(), link.size()});
}

}  // namespace tidemark::store
