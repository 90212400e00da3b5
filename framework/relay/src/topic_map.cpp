#include "tidemark/relay/topic_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/base/failure.hpp"
#include "tidemark/base/stream_id.hpp"
#include "tidemark/relay/progress.hpp"

namespace tidemark::relay {
namespace {

constexpr std::size_t topic_size_max = 249;

bool is_topic_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

/// Whether Kafka takes `name`, and it is not the relay's own.
bool is_topic(std::string_view name) {
  return !name.empty() && name.size() <= topic_size_max && name != "." && name != ".." &&
         name != progress_topic && std::ranges::all_of(name, is_topic_character);
}

Failure bad_topic(std::string message, std::string hint) {
  return Failure(
      {.code = "relay.bad_topic", .message = std::move(message), .hint = std::move(hint)});
}

void check(std::string_view category, const TopicRule& rule) {
  if (!is_category(category)) {
    throw bad_topic(fmt::format("a topic rule names '{}', which is no category", category),
                    "a category is 1 to 64 characters of a-z, 0-9, '_', '.', '$'");
  }
  if (!rule.topic.empty() && !is_topic(rule.topic)) {
    throw bad_topic(fmt::format("category '{}' is mapped to '{}'", category, rule.topic),
                    "a topic is 1 to 249 characters of a-z, A-Z, 0-9, '.', '_', '-', and not "
                    "tidemark.relay");
  }
  if (rule.partitions < 0) {
    throw bad_topic(
        fmt::format("the topic of category '{}' has {} partitions", category, rule.partitions),
        "0 stands for the default number");
  }
}

bool is_internal(std::string_view category) {
  return category.starts_with('$') || category.starts_with("saga.");
}

}  // namespace

TopicMap::TopicMap(TopicMapOptions options) : options_(std::move(options)) {
  const auto prefix_size_max = topic_size_max - StreamId::category_size_max;
  if (options_.prefix.size() > prefix_size_max ||
      !std::ranges::all_of(options_.prefix, is_topic_character)) {
    throw bad_topic(
        fmt::format("the topic prefix '{}' makes no topic's name", options_.prefix),
        fmt::format("at most {} characters of a-z, A-Z, 0-9, '.', '_', '-'", prefix_size_max));
  }
  if (options_.partitions < 1) {
    throw bad_topic(fmt::format("topics with {} partitions", options_.partitions), "at least 1");
  }
  for (const auto& [category, rule] : options_.rules) check(category, rule);
}

std::string TopicMap::default_name(std::string_view category) const {
  auto name = options_.prefix + std::string(category);
  std::ranges::replace(name, '$', '-');
  return name;
}

std::optional<kafka::TopicSpec> TopicMap::topic_of(std::string_view category) const {
  kafka::TopicSpec spec{.partitions = options_.partitions, .replication = options_.replication};
  if (const auto rule = options_.rules.find(category); rule != options_.rules.end()) {
    if (rule->second.topic.empty()) return std::nullopt;
    spec.name = rule->second.topic;
    if (rule->second.partitions > 0) spec.partitions = rule->second.partitions;
    return spec;
  }
  if (is_internal(category)) return std::nullopt;
  spec.name = default_name(category);
  if (!is_topic(spec.name)) {
    throw bad_topic(fmt::format("category '{}' has no topic: '{}' is taken or no topic's name",
                                category, spec.name),
                    "give the category a rule in the relay's topic map, or choose another prefix");
  }
  return spec;
}

}  // namespace tidemark::relay
