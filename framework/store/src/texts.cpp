#include "tidemark/store/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {

bool is_text(std::string_view text) {
  // Nearly all names are ASCII; this looks at all bytes at once.
  signed char lowest = 1;
  for (const char c : text) lowest = std::min(lowest, static_cast<signed char>(c));
  return lowest > 0 || (is_utf8(text) && text.find('\0') == std::string_view::npos);
}

void check_text(std::string_view field, std::string_view text) {
  if (is_text(text)) return;
  throw Failure({.code = "store.not_text",
                 .message = fmt::format("{} is no UTF-8 text, or holds a zero byte", field),
                 .hint = "names are text; put other bytes into data or headers"});
}

namespace {

void check_event(const NewEvent& event) {
  check_text("type", event.type);
  check_text("correlation_id", event.correlation_id);
  check_text("causation_id", event.causation_id);
  check_text("traceparent", event.traceparent);
  check_text("tenant", event.tenant);
  for (const auto& tag : event.tags) check_text("a tag", tag);
}

}  // namespace

void check_texts(const Append& append) {
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) check_event(event);
  }
  if (!append.condition) return;
  for (const auto& criterion : append.condition->criteria) {
    for (const auto& type : criterion.types) check_text("a type", type);
    for (const auto& tag : criterion.tags) check_text("a tag", tag);
  }
}

void check_texts(const Import& import) {
  for (const auto& imported : import.events) check_event(imported.event);
}

}  // namespace tidemark::store
