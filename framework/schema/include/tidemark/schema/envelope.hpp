#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidemark/base/position.hpp"
#include "tidemark/base/stream_id.hpp"
#include "tidemark/base/uuid.hpp"

namespace tidemark {

/// Free headers of an event, in the order given. Names need not be unique.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Everything about an event but its type and its data: who, where, when and why.
///
/// A view: the texts belong to what the metadata came from, and live as long as it does (in a
/// handler: until it returns).
struct Metadata {
  Position position;
  StreamVersion version;
  EventId event_id;
  AppendId append_id;
  std::string_view stream;             ///< "<category>-<id>"
  UtcTime event_time;                  ///< when it happened
  UtcTime recorded_at;                 ///< when the store wrote it
  std::optional<UtcTime> ingested_at;  ///< when intake first saw it; facts only
  std::string_view correlation_id;     ///< the conversation; empty when none
  std::string_view
      causation_id;              ///< the id of the command or event that led to it; empty when none
  std::string_view traceparent;  ///< W3C trace context; empty when none
  std::string_view tenant;       ///< empty when none
  std::string_view extra;        ///< encoded headers and tags, see `decode_extra`

  [[nodiscard]] std::string_view category() const { return stream.substr(0, stream.find('-')); }
  /// The part of the stream's name after the first '-': the aggregate's id, and the Kafka key.
  [[nodiscard]] std::string_view stream_key() const { return stream.substr(stream.find('-') + 1); }
};

/// One stored event as its reader sees it. A view, see `Metadata`.
struct EventView {
  Metadata metadata;
  std::string_view type;     ///< Protobuf full name, as stored
  std::uint32_t schema = 0;  ///< version of the type in the store's catalogue, from 1
  std::string_view data;     ///< Protobuf bytes, exactly as stored
  bool tombstone =
      false;  ///< the event was deleted: place and envelope are left, the data are gone
};

/// An `EventView` that owns its texts. Copies allocate; for queues and for tests.
class RecordedEvent {
 public:
  explicit RecordedEvent(const EventView& view);
  RecordedEvent(const RecordedEvent& other) : RecordedEvent(other.view_) {}
  RecordedEvent(RecordedEvent&& other) noexcept = default;
  RecordedEvent& operator=(const RecordedEvent& other) { return *this = RecordedEvent(other); }
  RecordedEvent& operator=(RecordedEvent&& other) noexcept = default;

  [[nodiscard]] const EventView& view() const { return view_; }
  [[nodiscard]] const Metadata& metadata() const { return view_.metadata; }
  [[nodiscard]] std::string_view type() const { return view_.type; }
  [[nodiscard]] std::string_view data() const { return view_.data; }

 private:
  std::vector<char> texts_;  ///< what the view points into; a vector keeps its buffer when moved
  EventView view_;
};

/// An event on its way into the store.
struct NewEvent {
  EventId event_id;          ///< unique in the store for ever
  std::string type;          ///< Protobuf full name
  std::uint32_t schema = 1;  ///< version of the type in the catalogue, from 1
  std::string data;          ///< Protobuf bytes; stored as they are
  UtcTime event_time;        ///< when it happened
  std::optional<UtcTime> ingested_at = {};
  std::string correlation_id = {};
  std::string causation_id = {};
  std::string traceparent = {};
  std::string tenant = {};
  Headers headers = {};
  std::vector<std::string> tags = {};
};

/// Headers and tags of an event.
struct Extra {
  Headers headers;
  std::vector<std::string> tags;
  friend bool operator==(const Extra&, const Extra&) = default;
};

/// Headers and tags as bytes, the form in which they are stored; empty when there are none.
/// Format: for each header byte 'h', for each tag byte 't'; then length (unsigned LEB128) and bytes
/// of the name or tag; a header goes on with length and bytes of its value.
std::string encode_extra(const Headers& headers, const std::vector<std::string>& tags);

/// The inverse; none when the bytes are damaged.
std::optional<Extra> decode_extra(std::string_view bytes);

}  // namespace tidemark
