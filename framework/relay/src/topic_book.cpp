#include "topic_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "tidemark/relay/progress.hpp"

namespace tidemark::relay {
namespace {

/// Kafka's default of max.message.bytes.
constexpr std::uint64_t kafka_bytes_max = 1'048'588;

std::optional<std::string> config_of(const kafka::TopicFacts& facts, const std::string& name) {
  const auto found = facts.config.find(name);
  return found == facts.config.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint64_t> number_of(const std::optional<std::string>& text) {
  std::uint64_t number = 0;
  if (!text) return std::nullopt;
  const auto end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, number);
  return error == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

}  // namespace

TopicBook::TopicBook(Options options, store::EventStore& store, kafka::Broker& broker)
    : options_(std::move(options)), map_(options_.map), store_(store), broker_(broker) {}

const std::string* TopicBook::topic_of(std::string_view category) {
  auto found = by_category_.find(category);
  if (found == by_category_.end()) {
    found = by_category_.emplace(std::string(category), map_.topic_of(category)).first;
  }
  return found->second ? &found->second->name : nullptr;
}

void TopicBook::prepare(const std::vector<std::string>& categories) {
  std::map<std::string, kafka::TopicSpec> specs;
  const auto add = [&](kafka::TopicSpec spec) {
    if (is_ready(spec.name)) return;
    if (spec.name != progress_topic && options_.record_bytes_max > kafka_bytes_max) {
      spec.config.emplace("max.message.bytes", std::to_string(options_.record_bytes_max));
    }
    specs.emplace(spec.name, std::move(spec));
  };
  add(progress_spec());
  for (const auto& category : categories) {
    if (topic_of(category) != nullptr) add(*by_category_.find(category)->second);
  }
  if (specs.empty()) return;

  std::vector<kafka::TopicSpec> missing;
  std::vector<std::string> names;
  for (const auto& [name, spec] : specs) {
    missing.push_back(spec);
    names.push_back(name);
  }
  broker_.ensure_topics(missing);
  const auto described = broker_.describe(names);
  for (const auto& facts : described) check(facts);
  for (const auto& facts : described) ready_.insert(facts.name);
  const auto absent =
      std::ranges::find_if(names, [&](const auto& name) { return !is_ready(name); });
  if (absent == names.end()) return;
  throw Failure({.code = "relay.topic_missing",
                 .message = fmt::format("the topic '{}' was made but is not there yet", *absent),
                 .hint = "the cluster may be slow to spread it; otherwise check the rights on it",
                 .retryable = true});
}

void TopicBook::check(const kafka::TopicFacts& facts) {
  if (facts.name == progress_topic) return check_progress(facts);
  check_partitions(facts);
  const auto bytes_max = number_of(config_of(facts, "max.message.bytes"));
  if (!bytes_max || *bytes_max >= options_.record_bytes_max) return;
  throw Failure(
      {.code = "relay.topic_too_small",
       .message = fmt::format("topic '{}' takes records of {} bytes, an event may need {}",
                              facts.name, *bytes_max, options_.record_bytes_max),
       .hint = fmt::format("set the topic's max.message.bytes to {}, or lower "
                           "store.event_size_max",
                           options_.record_bytes_max),
       .retryable = true});
}

void TopicBook::check_partitions(const kafka::TopicFacts& facts) {
  const auto property = fmt::format("relay.{}.partitions.{}", options_.relay_name, facts.name);
  const auto now = std::to_string(facts.partitions);
  const auto before = store_.property(property);
  if (before == now) return;
  if (before && !options_.accept_partition_changes) {
    throw Failure(
        {.code = "relay.partitions_changed",
         .message = fmt::format("topic '{}' had {} partitions and has {}: later records of a key "
                                "would not be behind its earlier ones any more",
                                facts.name, *before, now),
         .hint = "publish to new topics, under another kafka.topic_prefix; or accept that the "
                 "order breaks once: kafka.accept_partition_changes",
         .retryable = true});
  }
  store_.set_property(property, now);
}

void TopicBook::check_progress(const kafka::TopicFacts& facts) const {
  const auto policy = config_of(facts, "cleanup.policy");
  if (!policy || *policy == "compact") return;
  throw Failure(
      {.code = "relay.progress_not_compacted",
       .message = fmt::format("topic '{}' has cleanup.policy={}: it would forget what was "
                              "published",
                              facts.name, *policy),
       .hint = fmt::format("set cleanup.policy=compact on '{}'", facts.name),
       .retryable = true});
}

kafka::TopicSpec TopicBook::progress_spec() const {
  return {.name = std::string(progress_topic), .config = {{"cleanup.policy", "compact"}}};
}

}  // namespace tidemark::relay
