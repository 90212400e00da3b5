#include "tidemark/schema/envelope.hpp"

#include <cstring>

namespace tidemark {
namespace {

void put_text(std::string& out, std::string_view text) {
  auto size = text.size();
  for (; size >= 0x80; size >>= 7) out += static_cast<char>((size & 0x7F) | 0x80);
  out += static_cast<char>(size);
  out += text;
}

bool take_text(std::string_view& in, std::string& text) {
  std::uint64_t size = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (in.empty() || shift > 56) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    size |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (size > in.size()) return false;
  text = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

}  // namespace

RecordedEvent::RecordedEvent(const EventView& view) : view_(view) {
  std::string_view* const texts[] = {&view_.metadata.stream,
                                     &view_.metadata.correlation_id,
                                     &view_.metadata.causation_id,
                                     &view_.metadata.traceparent,
                                     &view_.metadata.tenant,
                                     &view_.metadata.extra,
                                     &view_.type,
                                     &view_.data};
  std::size_t size = 0;
  for (const auto* text : texts) size += text->size();
  texts_.resize(size);
  char* at = texts_.data();
  for (auto* text : texts) {
    if (!text->empty()) std::memcpy(at, text->data(), text->size());
    *text = {at, text->size()};
    at += text->size();
  }
}

std::string encode_extra(const Headers& headers, const std::vector<std::string>& tags) {
  std::string bytes;
  for (const auto& [name, value] : headers) {
    bytes += 'h';
    put_text(bytes, name);
    put_text(bytes, value);
  }
  for (const auto& tag : tags) {
    bytes += 't';
    put_text(bytes, tag);
  }
  return bytes;
}

std::optional<Extra> decode_extra(std::string_view bytes) {
  Extra extra;
  while (!bytes.empty()) {
    const char kind = bytes.front();
    bytes.remove_prefix(1);
    std::string name;
    if (!take_text(bytes, name)) return std::nullopt;
    if (kind == 't') {
      extra.tags.push_back(std::move(name));
    } else if (kind == 'h') {
      std::string value;
      if (!take_text(bytes, value)) return std::nullopt;
      extra.headers.emplace_back(std::move(name), std::move(value));
    } else {
      return std::nullopt;
    }
  }
  return extra;
}

}  // namespace tidemark
