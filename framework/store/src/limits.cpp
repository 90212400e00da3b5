#include "tidemark/store/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/engine.hpp"
#include "tidemark/store/texts.hpp"

namespace tidemark::store {
namespace {

std::optional<LimitExceeded> above(const char* field, std::uint64_t actual, std::uint64_t max) {
  if (actual <= max) return std::nullopt;
  return LimitExceeded{.field = field, .actual = actual, .max = max};
}

std::uint64_t extra_size(const NewEvent& event) {
  std::uint64_t size = 0;
  // Nearly the encoded size: lengths take a byte each as long as they are short.
  for (const auto& [name, value] : event.headers) size += name.size() + value.size() + 3;
  for (const auto& tag : event.tags) size += tag.size() + 2;
  return size;
}

std::optional<LimitExceeded> exceeded_by(const NewEvent& event, const Limits& limits) {
  const auto name_max = Limits::name_size_max;
  if (auto it = above("data", event.data.size(), limits.data_size_max)) return it;
  if (auto it = above("type", event.type.size(), name_max)) return it;
  if (auto it = above("correlation_id", event.correlation_id.size(), name_max)) return it;
  if (auto it = above("causation_id", event.causation_id.size(), name_max)) return it;
  if (auto it = above("traceparent", event.traceparent.size(), name_max)) return it;
  if (auto it = above("tenant", event.tenant.size(), name_max)) return it;
  if (auto it = above("tags", event.tags.size(), Limits::tags_max)) return it;
  for (const auto& tag : event.tags) {
    if (auto it = above("tag", tag.size(), name_max)) return it;
  }
  return above("headers and tags", extra_size(event), Limits::extra_size_max);
}

[[noreturn]] void fail_limit(const LimitExceeded& limit, const char* hint) {
  throw Failure({.code = "store.limit",
                 .message = fmt::format("{} is {}, at most {} are allowed", limit.field,
                                        limit.actual, limit.max),
                 .hint = hint});
}

bool does_nothing(const Append& append) {
  return !append.answer && !append.condition &&
         std::all_of(append.streams.begin(), append.streams.end(), [](const StreamWrite& write) {
           return write.events.empty() && write.expected.kind() == ExpectedState::Kind::any;
         });
}

bool names_twice(const std::vector<StreamWrite>& streams) {
  if (streams.size() < 2) return false;
  std::vector<std::string_view> names;
  names.reserve(streams.size());
  for (const auto& write : streams) names.emplace_back(write.stream.name());
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

std::optional<LimitExceeded> exceeded(const Append& append, const Limits& limits) {
  TIDEMARK_ASSERT(!does_nothing(append), "an append adds, checks or answers something");
  if (auto it = above("streams", append.streams.size(), Limits::streams_max)) return it;
  TIDEMARK_ASSERT(!names_twice(append.streams), "an append names a stream once");
  std::uint64_t events = 0;
  std::uint64_t size = 0;
  for (const auto& write : append.streams) {
    TIDEMARK_ASSERT(!write.stream.name().empty(), "a stream has a name");
    events += write.events.size();
    for (const auto& event : write.events) {
      if (auto it = exceeded_by(event, limits)) return it;
      size += event.data.size();
    }
  }
  if (append.condition) {
    TIDEMARK_ASSERT(!append.condition->criteria.empty(), "a condition excludes something");
    if (auto it = exceeded(append.condition->criteria)) return it;
  }
  if (auto it = above("events", events, limits.events_max)) return it;
  if (auto it = above("append", size, Limits::append_size_max)) return it;
  return append.answer ? above("answer", append.answer->bytes.size(), limits.data_size_max)
                       : std::nullopt;
}

std::optional<LimitExceeded> exceeded(const Import& import, const Limits& limits) {
  if (auto it = above("events", import.events.size(), StoreEngine::import_events_max)) return it;
  std::uint64_t size = 0;
  for (const auto& imported : import.events) {
    TIDEMARK_ASSERT(!imported.stream.name().empty(), "a stream has a name");
    if (auto it = exceeded_by(imported.event, limits)) return it;
    size += imported.event.data.size();
  }
  return above("import", size, Limits::append_size_max);
}

std::optional<LimitExceeded> exceeded(const std::vector<Criterion>& criteria) {
  if (auto it = above("criteria", criteria.size(), Limits::criteria_max)) return it;
  for (const auto& criterion : criteria) {
    if (auto it = above("criterion.types", criterion.types.size(), Limits::criterion_types_max)) {
      return it;
    }
    if (auto it = above("criterion.tags", criterion.tags.size(), Limits::criterion_tags_max)) {
      return it;
    }
  }
  return std::nullopt;
}

void check_limits(const ReadQuery& query) {
  auto limit = above("types", query.types.size(), Limits::read_types_max);
  if (!limit) limit = exceeded(query.criteria);
  if (limit) fail_limit(*limit, "read in several parts, or read all and select");
}

void check_limits(const std::vector<Consumer>& consumers) {
  for (const auto& consumer : consumers) {
    if (consumer.name.empty()) {
      throw Failure({.code = "store.limit",
                     .message = "a consumer has no name",
                     .hint = "1 to 200 bytes name it"});
    }
    if (const auto limit =
            above("consumer", consumer.name.size(), Limits::consumer_name_size_max)) {
      fail_limit(*limit, "1 to 200 bytes name it");
    }
    check_text("a consumer's name", consumer.name);
  }
}

}  // namespace tidemark::store
