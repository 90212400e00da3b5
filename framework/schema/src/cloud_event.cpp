#include "tidemark/schema/cloud_event.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "tidemark/security/digest.hpp"

namespace tidemark::cloud_event {
namespace {

constexpr std::string_view source_prefix = "tidemark/";
constexpr std::string_view escape_prefix = "tidemark-header-";
constexpr std::string_view tag_header = "tidemark-tag";
constexpr std::string_view content_type_header = "content-type";
constexpr std::string_view traceparent_header = "traceparent";

/// Whether a header of that name is ours to set.
bool is_reserved(std::string_view name) {
  return name.starts_with("ce_") || name.starts_with(escape_prefix) || name == tag_header ||
         name == content_type_header || name == traceparent_header;
}

/// The headers that are read, by name; each at most once.
struct Found {
  std::optional<std::string_view> id, type, source, subject, time, dataschema;
  std::optional<std::string_view> position, version, recorded_at, ingested_at;
  std::optional<std::string_view> append_id, correlation_id, causation_id, tenant, traceparent;
  Extra extra;
};

struct Name {
  std::string_view name;
  std::optional<std::string_view> Found::* member;
};
constexpr std::array<Name, 15> names = {{{"ce_id", &Found::id},
                                         {"ce_type", &Found::type},
                                         {"ce_source", &Found::source},
                                         {"ce_subject", &Found::subject},
                                         {"ce_time", &Found::time},
                                         {"ce_dataschema", &Found::dataschema},
                                         {"ce_position", &Found::position},
                                         {"ce_version", &Found::version},
                                         {"ce_recordedat", &Found::recorded_at},
                                         {"ce_ingestedat", &Found::ingested_at},
                                         {"ce_appendid", &Found::append_id},
                                         {"ce_correlationid", &Found::correlation_id},
                                         {"ce_causationid", &Found::causation_id},
                                         {"ce_tenant", &Found::tenant},
                                         {traceparent_header, &Found::traceparent}}};

Found find_headers(const Headers& headers) {
  Found found;
  for (const auto& [name, value] : headers) {
    if (!is_reserved(name)) {
      found.extra.headers.emplace_back(name, value);
    } else if (name == tag_header) {
      found.extra.tags.push_back(value);
    } else if (name.starts_with(escape_prefix)) {
      found.extra.headers.emplace_back(name.substr(escape_prefix.size()), value);
    } else {
      for (const auto& [known, member] : names) {
        if (known == name) found.*member = value;
      }
    }
  }
  return found;
}

Unexpected<Problem> bad_header(std::string_view name, std::string_view value) {
  return Unexpected(Problem{.code = "cloud_event.bad_header",
                            .field = std::string(name),
                            .message = fmt::format("'{}' is not what it should be", value),
                            .hint = "the producer must follow the table of the message format"});
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

/// Reads an optional header with `read`; false when it is there and makes no sense.
template <typename Target, typename Read>
bool read_into(Target& target, const std::optional<std::string_view>& text, Read&& read) {
  if (!text) return true;
  const auto value = read(*text);
  if constexpr (std::is_same_v<Target, std::remove_const_t<decltype(value)>>) {
    target = value;
  } else if (value) {
    target = Target(*value);
  }
  return value.has_value();
}

/// The version behind the '@' of "<type>@<version>"; another producer's schema is version 1.
std::uint32_t schema_version(const Found& found) {
  if (!found.dataschema) return 1;
  const auto at = found.dataschema->rfind('@');
  if (at == std::string_view::npos) return 1;
  const auto number = to_number(found.dataschema->substr(at + 1));
  return number && *number > 0 && *number <= UINT32_MAX ? static_cast<std::uint32_t>(*number) : 1;
}

EventId event_id(const Found& found) {
  if (const auto uuid = Uuid::parse(*found.id)) return EventId(*uuid);
  return EventId(security::derive(Uuid(), {found.source.value_or(""), *found.id}));
}

std::optional<StoreId> store_of(const Found& found) {
  if (!found.source || !found.source->starts_with(source_prefix)) return std::nullopt;
  const auto uuid = Uuid::parse(found.source->substr(source_prefix.size()));
  return uuid ? std::optional(StoreId(*uuid)) : std::nullopt;
}

}  // namespace

Headers encode(const EventView& event, const StoreId& store) {
  const auto& metadata = event.metadata;
  Headers headers;
  headers.reserve(20);
  const auto put = [&](std::string_view name, std::string value) {
    headers.emplace_back(name, std::move(value));
  };
  const auto put_if = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) headers.emplace_back(name, value);
  };
  put("ce_specversion", "1.0");
  put("ce_id", to_string(metadata.event_id));
  put("ce_type", std::string(event.type));
  put("ce_source", std::string(source_prefix) + to_string(store));
  put("ce_subject", std::string(metadata.stream));
  put("ce_time", to_string(metadata.event_time));
  put("ce_dataschema", fmt::format("{}@{}", event.type, event.schema));
  if (!event.tombstone) put(content_type_header, "application/protobuf");
  put("ce_position", std::to_string(metadata.position.value()));
  put("ce_version", std::to_string(metadata.version.value()));
  put("ce_recordedat", to_string(metadata.recorded_at));
  if (metadata.ingested_at) put("ce_ingestedat", to_string(*metadata.ingested_at));
  if (!metadata.append_id.is_nil()) put("ce_appendid", to_string(metadata.append_id));
  put_if("ce_correlationid", metadata.correlation_id);
  put_if("ce_causationid", metadata.causation_id);
  put_if("ce_tenant", metadata.tenant);
  put_if(traceparent_header, metadata.traceparent);
  if (const auto extra = decode_extra(metadata.extra)) {
    for (const auto& tag : extra->tags) put(tag_header, tag);
    for (const auto& [name, value] : extra->headers) {
      put(is_reserved(name) ? std::string(escape_prefix) + name : name, value);
    }
  }
  return headers;
}

Result<Decoded, Problem> decode(const Message& message) {
  const auto found = find_headers(message.headers);
  for (const auto& [name, member] : {names[0], names[1]}) {
    if ((found.*member).value_or("").empty()) {
      return Unexpected(Problem{.code = "cloud_event.missing_header",
                                .field = std::string(name),
                                .message = "the message does not have it",
                                .hint = "produce CloudEvents 1.0 in binary mode"});
    }
  }
  EventView view;
  auto& metadata = view.metadata;
  metadata.event_time = message.time;
  metadata.recorded_at = message.time;
  const auto uuid = [](std::string_view text) { return Uuid::parse(text); };
  if (!read_into(metadata.event_time, found.time, parse_utc_time)) {
    return bad_header("ce_time", *found.time);
  }
  if (!read_into(metadata.recorded_at, found.recorded_at, parse_utc_time)) {
    return bad_header("ce_recordedat", *found.recorded_at);
  }
  if (!read_into(metadata.ingested_at, found.ingested_at, parse_utc_time)) {
    return bad_header("ce_ingestedat", *found.ingested_at);
  }
  if (!read_into(metadata.position, found.position, to_number)) {
    return bad_header("ce_position", *found.position);
  }
  if (!read_into(metadata.version, found.version, to_number)) {
    return bad_header("ce_version", *found.version);
  }
  if (!read_into(metadata.append_id, found.append_id, uuid)) {
    return bad_header("ce_appendid", *found.append_id);
  }
  std::string stream(found.subject.value_or(""));
  if (stream.empty()) stream = fmt::format("{}-{}", message.topic, message.key);
  if (!StreamId::parse(stream)) {
    return Unexpected(Problem{.code = "cloud_event.no_stream",
                              .field = "ce_subject",
                              .message = fmt::format("'{}' is no stream's name", stream),
                              .hint = "set ce_subject to \"<category>-<id>\""});
  }
  const auto extra = encode_extra(found.extra.headers, found.extra.tags);
  metadata.event_id = event_id(found);
  metadata.stream = stream;
  metadata.correlation_id = found.correlation_id.value_or("");
  metadata.causation_id = found.causation_id.value_or("");
  metadata.tenant = found.tenant.value_or("");
  metadata.traceparent = found.traceparent.value_or("");
  metadata.extra = extra;
  view.type = *found.type;
  view.schema = schema_version(found);
  view.data = message.value.value_or("");
  view.tombstone = !message.value;
  return Decoded{.event = RecordedEvent(view), .store = store_of(found)};
}

}  // namespace tidemark::cloud_event
