#include "offset_finder.hpp"

#include <algorithm>

#include "tidemark/schema/cloud_event.hpp"

namespace tidemark::admin {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(5);
constexpr std::size_t batch = 1000;

using Start = kafka::StartAt::Kind;

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

/// The partition with its ends and its first records; null when the broker does not tell in time.
OffsetFinder::Known* OffsetFinder::open(const kafka::TopicPartition& partition) {
  auto& known = known_[partition];
  if (known.reader) return &known;
  known.reader = broker_.reader(true);
  (void)look(partition, known, {.kind = Start::beginning});
  do {
    const auto ends = known.reader->watermarks(partition);
    if (ends) {
      known.low = ends->low;
      known.high = ends->high;
      return &known;
    }
  } while (!is_over());
  return nullptr;
}

void OffsetFinder::take(const kafka::ConsumerRecord& record, Known& known) const {
  const auto decoded = cloud_event::decode({.headers = record.headers,
                                            .topic = record.from.topic,
                                            .key = record.key,
                                            .value = record.value,
                                            .time = record.time});
  if (!decoded || decoded->store != options_.store) return;
  known.offsets.emplace(decoded->event.metadata().position, record.offset);
}

/// Takes in the records from there on that come at once.
std::optional<OffsetFinder::Span> OffsetFinder::look(const kafka::TopicPartition& partition,
                                                     Known& known, kafka::StartAt start) {
  known.reader->start_at(partition, start);
  std::optional<Span> span;
  do {
    bool answered = false;
    for (const auto& event : known.reader->poll(batch)) {
      answered = answered || std::holds_alternative<kafka::ReachedEnd>(event);
      const auto* record = std::get_if<kafka::ConsumerRecord>(&event);
      if (record == nullptr) continue;
      take(*record, known);
      if (record->offset < start.offset) continue;
      if (!span) span = Span{.first = record->offset};
      span->last = record->offset;
      answered = true;
    }
    if (answered) return span;
  } while (!is_over());
  return span;
}

std::optional<OffsetFinder::Place> OffsetFinder::find_in(const kafka::TopicPartition& partition,
                                                         Position position) {
  auto* known = open(partition);
  if (known == nullptr) return std::nullopt;
  auto low = known->low;
  auto high = known->high;
  while (waited_ <= options_.patience) {
    const auto above = known->offsets.lower_bound(position);
    if (above != known->offsets.end() && above->first == position) {
      return Place{.partition = partition.partition, .offset = above->second};
    }
    if (above != known->offsets.end()) high = std::min(high, above->second);
    if (above != known->offsets.begin()) low = std::max(low, std::prev(above)->second + 1);
    if (low >= high) return std::nullopt;
    const auto middle = low + (high - low) / 2;
    const auto seen = known->offsets.size();
    const auto span = look(partition, *known, {.kind = Start::offset, .offset = middle});
    if (!span || span->first >= high) {
      high = middle;
    } else if (known->offsets.size() == seen) {
      low = span->last + 1;  // only records of another store, which had the topic before
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
