#pragma once

#include <optional>
#include <string_view>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/schema/envelope.hpp"

/// How an event travels as a message of a broker: CloudEvents 1.0 in binary mode, the bytes of the
/// event as they are stored, everything else as headers.
///
/// | header | from |
/// |---|---|
/// | `ce_specversion` | "1.0" |
/// | `ce_id` | the event's id |
/// | `ce_type` | Protobuf full name, as stored |
/// | `ce_source` | "tidemark/<store id>" |
/// | `ce_subject` | the stream's name |
/// | `ce_time` | event time |
/// | `ce_dataschema` | "<type>@<version in the catalogue>" |
/// | `content-type` | "application/protobuf"; a tombstone has none |
/// | `ce_position`, `ce_version` | place in the store and in the stream |
/// | `ce_recordedat`, `ce_ingestedat` | ISO 8601; the second for facts only |
/// | `ce_appendid`, `ce_correlationid`, `ce_causationid`, `ce_tenant` | when there is one |
/// | `traceparent` | W3C trace context, when there is one |
/// | `tidemark-tag` | one for each tag |
/// | anything else | the event's own headers; `tidemark-header-<name>` for a name used above |
namespace tidemark::cloud_event {

/// The headers of `event`, in the order of the table. Pure; the same event gives the same headers.
Headers encode(const EventView& event, const StoreId& store);

/// A message as the broker gave it.
struct Message {
  const Headers& headers;
  std::string_view topic;
  std::string_view key;
  std::optional<std::string_view> value;  ///< none: a tombstone
  UtcTime time;                           ///< the record's own; the event time of one that has none
};

/// An event that came as a message.
struct Decoded {
  RecordedEvent event;
  std::optional<StoreId> store;  ///< where it is stored; none when another program made it
};

/// The event in a message, ours or another CloudEvents producer's. Pure.
///
/// `ce_id` and `ce_type` must be there. Of what is missing, the stream is "<topic>-<key>" and the
/// event time is the record's; an id that is no UUID gives one derived from source and id.
/// Problems: "cloud_event.missing_header", "cloud_event.bad_header" (which `field` names), and
/// "cloud_event.no_stream" when topic and key make no stream's name.
Result<Decoded, Problem> decode(const Message& message);

}  // namespace tidemark::cloud_event
