// Everything that reads text or bytes from outside: names, ids, times, envelopes. What was read
// must come to the same when it is written and read again.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/fuzz_input.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/base/stream_id.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/base/uuid.hpp"
#include "tidemark/schema/cloud_event.hpp"
#include "tidemark/schema/envelope.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::fuzz {
namespace {

void stream_name(std::string_view text) {
  const auto stream = StreamId::parse(text);
  if (!stream) return;
  TIDEMARK_ASSERT(stream->name() == text, "a stream has the name that was read");
  TIDEMARK_ASSERT(StreamId(stream->category(), stream->id()) == *stream, "and its two parts");
  TIDEMARK_ASSERT(is_category(stream->category()), "of which the first is a category");
  TIDEMARK_ASSERT(is_utf8(text), "names are UTF-8");
}

void uuid(std::string_view text) {
  const auto read = Uuid::parse(text);
  if (!read) return;
  TIDEMARK_ASSERT(Uuid::parse(to_string(*read)) == read, "an id is read as it is written");
}

void time(std::string_view text) {
  const auto read = parse_utc_time(text);
  if (!read) return;
  TIDEMARK_ASSERT(parse_utc_time(to_string(*read)) == read, "a time is read as it is written");
}

void hex(std::string_view text) {
  const auto bytes = from_hex(text);
  if (!bytes) return;
  TIDEMARK_ASSERT(from_hex(to_hex(*bytes)) == bytes, "bytes are read as they are written");
}

void extra(std::string_view bytes) {
  const auto read = decode_extra(bytes);
  if (!read) return;
  const auto again = decode_extra(encode_extra(read->headers, read->tags));
  TIDEMARK_ASSERT(again == read, "headers and tags are read as they are written");
}

void origin(std::string_view bytes) {
  FuzzInput input(bytes);
  const Position position(input.number(8));
  const auto chain = input.short_text();
  const auto read = store::read_origin(position, chain, input.all());
  TIDEMARK_ASSERT(
      store::read_origin(read.checkpoint.position, read.chain_bytes(), read.store_bytes())
              .checkpoint == read.checkpoint,
      "a place in a log is read as it is written");
}

/// A message of a broker: what is decoded can be published again and decodes to the same event.
void cloud_event(std::string_view bytes) {
  constexpr std::string_view names[] = {"ce_id",
                                        "ce_type",
                                        "ce_source",
                                        "ce_subject",
                                        "ce_time",
                                        "ce_dataschema",
                                        "ce_position",
                                        "ce_version",
                                        "ce_recordedat",
                                        "ce_ingestedat",
                                        "ce_appendid",
                                        "ce_correlationid",
                                        "ce_causationid",
                                        "ce_tenant",
                                        "traceparent",
                                        "tidemark-tag",
                                        "content-type",
                                        "other",
                                        "tidemark-header-ce_id",
                                        "ce_specversion"};
  FuzzInput input(bytes);
  Headers headers;
  while (!input.empty() && headers.size() < 40) {
    const auto name = names[input.byte() % std::size(names)];
    headers.emplace_back(name, input.short_text());
  }
  const auto read = cloud_event::decode({.headers = headers,
                                         .topic = "topic",
                                         .key = "key",
                                         .value = "value",
                                         .time = UtcTime::from_micros(1'790'000'000'000'000)});
  if (!read || !read->store) return;
  const auto written = cloud_event::encode(read->event.view(), *read->store);
  const auto again = cloud_event::decode(
      {.headers = written, .topic = "topic", .key = "key", .value = "value", .time = UtcTime()});
  TIDEMARK_ASSERT(again.has_value(), "an event that was decoded can be published");
  TIDEMARK_ASSERT(again->event.metadata().event_id == read->event.metadata().event_id &&
                      again->event.metadata().stream == read->event.metadata().stream &&
                      again->event.type() == read->event.type(),
                  "and is the same event to who reads it");
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemark::fuzz;
  if (size == 0) return 0;
  constexpr void (*readers[])(std::string_view) = {stream_name, uuid,   time,       hex,
                                                   extra,       origin, cloud_event};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  readers[data[0] % std::size(readers)](bytes.substr(1));
  return 0;
}
