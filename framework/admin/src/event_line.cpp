#include "event_line.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/base64.hpp"

namespace tidemark::admin {
namespace {

using Document = nlohmann::json;

/// A line that cannot be read; caught where the line is.
struct BadLine {
  std::string field;
  std::string message;
};

const Document* find(const Document& line, const char* field) {
  const auto found = line.find(field);
  return found == line.end() || found->is_null() ? nullptr : &*found;
}

std::string text_in(const Document& line, const char* field) {
  const auto* found = find(line, field);
  if (found == nullptr) return {};
  if (!found->is_string()) throw BadLine{field, "is no text"};
  return found->get<std::string>();
}

std::string needed_text(const Document& line, const char* field) {
  auto text = text_in(line, field);
  if (text.empty()) throw BadLine{field, "is missing"};
  return text;
}

std::optional<UtcTime> time_in(const Document& line, const char* field) {
  const auto text = text_in(line, field);
  if (text.empty()) return std::nullopt;
  const auto time = parse_utc_time(text);
  if (!time) throw BadLine{field, fmt::format("'{}' is no time", text)};
  return time;
}

Headers headers_in(const Document& line) {
  const auto* found = find(line, "headers");
  Headers headers;
  if (found == nullptr) return headers;
  for (const auto& pair : *found) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      throw BadLine{"headers", "are no pairs of texts"};
    }
    headers.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  }
  return headers;
}

std::vector<std::string> tags_in(const Document& line) {
  const auto* found = find(line, "tags");
  std::vector<std::string> tags;
  if (found == nullptr) return tags;
  for (const auto& tag : *found) {
    if (!tag.is_string()) throw BadLine{"tags", "are no texts"};
    tags.push_back(tag.get<std::string>());
  }
  return tags;
}

/// The data as they were stored, or else made from what they say.
std::string data_in(const Site& site, const Document& line, const std::string& type) {
  if (find(line, "data_base64") != nullptr) {
    auto bytes = security::from_base64(text_in(line, "data_base64"));
    if (!bytes) throw BadLine{"data_base64", "is no base64"};
    return *std::move(bytes);
  }
  const auto* data = find(line, "data");
  if (data == nullptr || !data->is_object()) throw BadLine{"data", "is missing"};
  auto bytes = site.from_json(type, data->dump());
  if (!bytes) throw BadLine{"data", to_string(bytes.error())};
  return *std::move(bytes);
}

std::uint32_t schema_in(const Document& line) {
  const auto* found = find(line, "schema");
  if (found == nullptr) return 1;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0) {
    throw BadLine{"schema", "is no version"};
  }
  return found->get<std::uint32_t>();
}

EventLine read_fields(const Site& site, const Document& line) {
  const auto name = needed_text(line, "stream");
  const auto stream = StreamId::parse(name);
  if (!stream) throw BadLine{"stream", fmt::format("'{}' is no name of a stream", name)};
  const auto id = Uuid::parse(needed_text(line, "event_id"));
  if (!id) throw BadLine{"event_id", "is no UUID"};
  const auto event_time = time_in(line, "event_time");
  if (!event_time) throw BadLine{"event_time", "is missing"};
  auto type = needed_text(line, "type");
  auto data = data_in(site, line, type);
  return {.imported = {.stream = *stream,
                       .event = {.event_id = EventId(*id),
                                 .type = std::move(type),
                                 .schema = schema_in(line),
                                 .data = std::move(data),
                                 .event_time = *event_time,
                                 .ingested_at = time_in(line, "ingested_at"),
                                 .correlation_id = text_in(line, "correlation_id"),
                                 .causation_id = text_in(line, "causation_id"),
                                 .traceparent = text_in(line, "traceparent"),
                                 .tenant = text_in(line, "tenant"),
                                 .headers = headers_in(line),
                                 .tags = tags_in(line)},
                       .recorded_at = time_in(line, "recorded_at")},
          .fingerprint = text_in(line, "fingerprint")};
}

}  // namespace

Result<std::optional<EventLine>, Problem> read_event_line(const Site& site,
                                                          const std::string& line) {
  try {
    const auto document = Document::parse(line, nullptr, false);
    if (!document.is_object()) throw BadLine{{}, "is no object of JSON"};
    if (find(document, "hidden") != nullptr) return std::optional<EventLine>();
    return std::optional(read_fields(site, document));
  } catch (const BadLine& bad) {
    return Unexpected(Problem{.code = "import.bad_line",
                              .field = bad.field,
                              .message = bad.message,
                              .hint = "lines are as `store export` writes them"});
  }
}

}  // namespace tidemark::admin
