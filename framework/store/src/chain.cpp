#include "tidemark/store/chain.hpp"

#include <algorithm>
#include <array>

#include "tidemark/security/digest.hpp"

namespace tidemark::store {
namespace {

/// Writes behind one another, into memory that is large enough.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  [[nodiscard]] char* end() const { return at_; }

  void byte(bool set) { *at_++ = set ? 1 : 0; }
  void number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) *at_++ = static_cast<char>((number & 0x7F) | 0x80);
    *at_++ = static_cast<char>(number);
  }
  void text(std::string_view text) {
    number(text.size());
    at_ = std::copy(text.begin(), text.end(), at_);
  }
  void uuid(const Uuid& uuid) { at_ = std::copy(uuid.bytes().begin(), uuid.bytes().end(), at_); }
  void time(UtcTime time) {
    const auto micros = static_cast<std::uint64_t>(time.micros());
    for (unsigned at = 0; at < 8; ++at) *at_++ = static_cast<char>(micros >> (8 * at));
  }

 private:
  char* at_;
};

/// At least the size of the encoded envelope: each number takes up to ten bytes.
std::size_t size_bound(const EventView& event) {
  constexpr std::size_t fixed = 10 * 10 + 2 * Uuid::size + 3 * 8 + 1;
  const auto& metadata = event.metadata;
  return fixed + metadata.stream.size() + event.type.size() + metadata.correlation_id.size() +
         metadata.causation_id.size() + metadata.traceparent.size() + metadata.tenant.size() +
         metadata.extra.size();
}

}  // namespace

void encode_envelope(const EventView& event, std::string& out) {
  const auto before = out.size();
  out.resize(before + size_bound(event));
  Writer writer(out.data() + before);
  const auto& metadata = event.metadata;
  writer.number(metadata.position.value());
  writer.text(metadata.stream);
  writer.number(metadata.version.value());
  writer.text(event.type);
  writer.number(event.schema);
  writer.uuid(metadata.event_id.uuid());
  writer.uuid(metadata.append_id.uuid());
  writer.time(metadata.event_time);
  writer.time(metadata.recorded_at);
  writer.byte(metadata.ingested_at.has_value());
  if (metadata.ingested_at) writer.time(*metadata.ingested_at);
  writer.text(metadata.correlation_id);
  writer.text(metadata.causation_id);
  writer.text(metadata.traceparent);
  writer.text(metadata.tenant);
  writer.text(metadata.extra);
  out.resize(static_cast<std::size_t>(writer.end() - out.data()));
}

ChainHash chain_link(const ChainHash& previous, std::string_view envelope,
                     const ChainHash& data_digest) {
  const auto digest = security::digest(envelope);
  std::array<char, 3 * sizeof(security::Digest)> link{};
  auto end = std::copy(previous.begin(), previous.end(), link.begin());
  end = std::copy(digest.begin(), digest.end(), end);
  std::copy(data_digest.begin(), data_digest.end(), end);
  return security::digest({link.data(), link.size()});
}

ChainHash Chain::next(const ChainHash& previous, const EventView& event,
                      const ChainHash& data_digest) {
  envelope_.clear();
  encode_envelope(event, envelope_);
  return chain_link(previous, envelope_, data_digest);
}

}  // namespace tidemark::store
