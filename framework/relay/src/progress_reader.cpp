#include "progress_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tidemark/relay/progress.hpp"

namespace tidemark::relay {
namespace {

constexpr std::size_t records_per_step = 1000;

}  // namespace

ProgressReader::ProgressReader(kafka::Broker& broker, std::string key)
    : key_(std::move(key)),
      partition_{.topic = std::string(progress_topic), .partition = 0},
      consumer_(broker.reader(true)) {
  consumer_->start_at(partition_, {.kind = kafka::StartAt::Kind::beginning});
}

bool ProgressReader::read() {
  for (const auto& event : consumer_->poll(records_per_step)) {
    if (const auto* record = std::get_if<kafka::ConsumerRecord>(&event)) {
      take(*record);
    } else if (const auto* reached = std::get_if<kafka::ReachedEnd>(&event)) {
      next_ = std::max(next_, reached->offset);
    }
  }
  if (!end_) {
    if (const auto marks = consumer_->watermarks(partition_)) end_ = marks->high;
  }
  return end_ && next_ >= *end_;
}

void ProgressReader::take(const kafka::ConsumerRecord& record) {
  next_ = std::max(next_, record.offset + 1);
  if (record.key != key_) return;
  found_.reset();
  if (!record.value) return;
  found_ = decode_progress(*record.value);
  if (found_) return;
  throw Failure({.code = "relay.progress_unreadable",
                 .message = fmt::format("the progress at offset {} of '{}' is in a form that this "
                                        "version does not know",
                                        record.offset, partition_.topic),
                 .hint = "run the version of the framework that wrote it, or a newer one"});
}

}  // namespace tidemark::relay
