#include "offset_finder.hpp"

#include <algorithm>

#include "tidemark/schema/cloud_event.hpp"

namespace tidemark::admin {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(5);

}  // namespace

OffsetFinder::OffsetFinder(kafka::Broker& broker, Options options)
    : broker_(broker), options_(std::move(options)) {}

bool OffsetFinder::is_over() {
  waited_ += look_interval;
  return waited_ > options_.patience || options_.wait(look_interval);
}

std::int32_t OffsetFinder::partitions_of(const std::string& topic) {
  const auto known = partitions_.find(topic);
  if (known != partitions_.end()) return known->second;
  const auto facts = broker_.describe({topic});
  return partitions_[topic] = facts.empty() ? 0 : facts.front().partitions;
}

std::optional<kafka::Consumer::Watermarks> OffsetFinder::ends_of(
    const kafka::TopicPartition& partition) {
  const auto reader = broker_.reader(true);
  reader->start_at(partition, {.kind = kafka::StartAt::Kind::beginning});
  do {
    (void)reader->poll(1);
    if (const auto ends = reader->watermarks(partition)) return ends;
  } while (!is_over());
  return std::nullopt;
}

std::optional<OffsetFinder::Seen> OffsetFinder::look(const kafka::TopicPartition& partition,
                                                     std::int64_t offset) {
  const auto reader = broker_.reader(true);
  reader->start_at(partition, {.kind = kafka::StartAt::Kind::offset, .offset = offset});
  do {
    for (const auto& event : reader->poll(1)) {
      if (std::holds_alternative<kafka::ReachedEnd>(event)) return std::nullopt;
      const auto* record = std::get_if<kafka::ConsumerRecord>(&event);
      if (record == nullptr) continue;
      const auto decoded = cloud_event::decode({.headers = record->headers,
                                                .topic = record->from.topic,
                                                .key = record->key,
                                                .value = record->value,
                                                .time = record->time});
      if (!decoded || decoded->store != options_.store) return std::nullopt;
      return Seen{.offset = record->offset, .position = decoded->event.metadata().position};
    }
  } while (!is_over());
  return std::nullopt;
}

std::optional<OffsetFinder::Place> OffsetFinder::find_in(const kafka::TopicPartition& partition,
                                                         Position position) {
  const auto ends = ends_of(partition);
  if (!ends) return std::nullopt;
  auto low = ends->low;
  auto high = ends->high;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto seen = look(partition, middle);
    if (seen && seen->position == position) {
      return Place{.partition = partition.partition, .offset = seen->offset};
    }
    if (seen && seen->position < position) {
      low = seen->offset + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::optional<OffsetFinder::Place> OffsetFinder::find(const std::string& topic,
                                                      const std::string& stream,
                                                      Position position) {
  const auto known = of_stream_.find(stream);
  if (known != of_stream_.end()) {
    return find_in({.topic = topic, .partition = known->second}, position);
  }
  for (std::int32_t partition = 0; partition < partitions_of(topic); ++partition) {
    const auto place = find_in({.topic = topic, .partition = partition}, position);
    if (place) of_stream_[stream] = partition;
    if (place) return place;
  }
  return std::nullopt;
}

}  // namespace tidemark::admin
