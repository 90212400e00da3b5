#include "loopback_topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "failures.hpp"
#include "partitioner.hpp"

namespace tidemark::kafka::loopback {
namespace {

constexpr std::size_t client_bytes_max = 1'000'000;  // librdkafka's default of message.max.bytes

bool is_topic_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

std::size_t size_of(const ProducerRecord& record) {
  auto bytes = record.key.size() + (record.value.has_value() ? record.value->size() : 0);
  for (const auto& [name, value] : record.headers) bytes += name.size() + value.size();
  return bytes;
}

std::size_t bytes_max(const std::map<std::string, std::string>& config) {
  const auto& text = config.at("max.message.bytes");
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size())
    throw admin_failure(fmt::format("max.message.bytes '{}' is no number", text));
  return std::min(bytes, client_bytes_max);
}

}  // namespace

void Topics::ensure(const TopicSpec& spec) {
  if (has(spec.name)) return;
  if (!is_topic_name(spec.name)) throw admin_failure(fmt::format("bad topic name '{}'", spec.name));
  if (spec.partitions < 1)
    throw admin_failure(fmt::format("topic '{}' with {} partitions", spec.name, spec.partitions));
  Topic topic{.config = spec.config, .partitions = {}};
  topic.config.try_emplace("cleanup.policy", "delete");
  topic.config.try_emplace("max.message.bytes", "1048588");
  topic.record_bytes_max = bytes_max(topic.config);
  for (std::int32_t partition = 0; partition < spec.partitions; ++partition)
    topic.partitions.emplace_back(TopicPartition{spec.name, partition});
  topics_.emplace(spec.name, std::move(topic));
}

TopicFacts Topics::facts(const std::string& topic) const {
  const auto& found = topics_.at(topic);
  return {.name = topic,
          .partitions = static_cast<std::int32_t>(found.partitions.size()),
          .config = found.config};
}

std::vector<TopicPartition> Topics::partitions(const std::string& topic) const {
  std::vector<TopicPartition> names;
  if (const auto found = topics_.find(topic); found != topics_.end())
    for (const auto& log : found->second.partitions) names.push_back(log.name());
  return names;
}

PartitionLog* Topics::find(const TopicPartition& partition) {
  return const_cast<PartitionLog*>(std::as_const(*this).find(partition));
}

const PartitionLog* Topics::find(const TopicPartition& partition) const {
  const auto found = topics_.find(partition.topic);
  if (found == topics_.end() || partition.partition < 0) return nullptr;
  const auto index = static_cast<std::size_t>(partition.partition);
  return index < found->second.partitions.size() ? &found->second.partitions[index] : nullptr;
}

PartitionLog& Topics::route(const ProducerRecord& record) {
  const auto found = topics_.find(record.topic);
  if (found == topics_.end()) throw unknown_topic_failure(record.topic);
  auto& topic = found->second;
  const auto count = static_cast<std::int32_t>(topic.partitions.size());
  const auto partition = record.partition.value_or(partition_of(record.key, count));
  if (partition < 0 || partition >= count)
    throw unknown_topic_failure(to_string(TopicPartition{record.topic, partition}));
  const auto bytes = size_of(record);
  if (bytes > topic.record_bytes_max) throw record_too_large_failure(record.topic, bytes);
  return topic.partitions[static_cast<std::size_t>(partition)];
}

}  // namespace tidemark::kafka::loopback
