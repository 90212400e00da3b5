#include "pending_append.hpp"

#include <fmt/format.h>

#include <utility>

#include "tidemark/base/bytes.hpp"

namespace tidemark::store_postgres {
namespace {

void check_text(std::string_view field, std::string_view text) {
  if (is_utf8(text) && text.find('\0') == std::string_view::npos) return;
  throw Failure({.code = "store.not_text",
                 .message = fmt::format("{} is no UTF-8 text, or holds a zero byte", field),
                 .hint = "PostgreSQL keeps names as text; put other bytes into data or headers"});
}

void check_event(const NewEvent& event) {
  check_text("type", event.type);
  check_text("correlation_id", event.correlation_id);
  check_text("causation_id", event.causation_id);
  check_text("traceparent", event.traceparent);
  check_text("tenant", event.tenant);
  for (const auto& tag : event.tags) check_text("a tag", tag);
}

}  // namespace

PendingAppend::PendingAppend(Queue& queue, Append append_to_store)
    : append(std::move(append_to_store)), queue_(queue) {
  for (const auto& write : append.streams) {
    for (const auto& event : write.events) preparation.add(event);
  }
}

Result<Appended, AppendError> PendingAppend::answer() const {
  if (failure) throw Failure(*failure);
  return *outcome;
}

std::optional<Result<Appended, AppendError>> PendingAppend::poll() {
  if (!queue_.poll(*this)) return std::nullopt;
  return answer();
}

Result<Appended, AppendError> PendingAppend::wait() {
  if (!queue_.wait(*this)) fail_busy();
  return answer();
}

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

void fail_busy() {
  throw Failure({.code = "store.busy",
                 .message = "a commit took longer than busy_timeout",
                 .hint = "it may still succeed: try again with the same append id",
                 .retryable = true});
}

}  // namespace tidemark::store_postgres
