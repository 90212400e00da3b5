#include "bench/our_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tidemark/base/failure.hpp"

namespace bench {
namespace {

namespace store = tidemark::store;
using tidemark::NewEvent;

}  // namespace

NewEvent event_of(const Input& input, bool tagged) {
  constexpr std::int64_t campaigns = 100;
  NewEvent event{.event_id = input.event_id,
                 .type = "bench.v1.Charged",
                 .data = std::string(input.data.data(), input.data.size()),
                 .event_time = tidemark::UtcTime::from_micros(input.event_time_micros),
                 .correlation_id = std::string(input.correlation_id.data(), uuid_text_size),
                 .causation_id = std::string(input.causation_id.data(), uuid_text_size)};
  if (tagged) {
    event.tags = {fmt::format("stream:{}", input.stream),
                  fmt::format("campaign:{}", input.event_time_micros / 100 % campaigns)};
  }
  return event;
}

const store::Appended& stored(const tidemark::Result<store::Appended, store::AppendError>& result) {
  if (result) return *result;
  throw tidemark::Failure({.code = "bench.refused", .message = to_string(result.error())});
}

OurLog::OurLog(const std::filesystem::path& file, const Options& options)
    : store_(store::SqliteStore::open(
          {.file = file, .durability = options.durability, .side_store = options.side_store},
          clock_, random_)),
      own_append_ids_(options.own_append_ids),
      tagged_(options.tagged) {
  for (const auto& stream : stream_names()) {
    versions_.push_back(store_->stream_version(stream).value());
  }
}

store::Append OurLog::append_of(std::span<const Input> inputs) {
  const auto stream = inputs.front().stream;
  auto& version = versions_[stream];
  store::Append append{.id = own_append_ids_ ? inputs.front().append_id
                                             : tidemark::AppendId(inputs.front().event_id.uuid())};
  auto& write = append.streams.emplace_back(store::StreamWrite{
      .stream = stream_names()[stream],
      .expected = store::ExpectedState::exact(tidemark::StreamVersion(version))});
  write.events.reserve(inputs.size());
  for (const auto& input : inputs) write.events.push_back(event_of(input, tagged_));
  version += inputs.size();
  return append;
}

store::Append OurLog::append_of_many(std::span<const Input> inputs) {
  store::Append append{.id = inputs.front().append_id};
  std::vector<std::size_t> writes(stream_count, stream_count);
  for (const auto& input : inputs) {
    auto& at = writes[input.stream];
    auto& version = versions_[input.stream];
    if (at == stream_count) {
      at = append.streams.size();
      append.streams.push_back(
          {.stream = stream_names()[input.stream],
           .expected = store::ExpectedState::exact(tidemark::StreamVersion(version))});
    }
    append.streams[at].events.push_back(event_of(input, tagged_));
    ++version;
  }
  return append;
}

void OurLog::append(std::span<const Input> inputs) { stored(store_->append(append_of(inputs))); }

void OurLog::import(std::span<const Input> inputs) {
  store::Import batch{.id = inputs.front().append_id};
  batch.events.reserve(inputs.size());
  for (const auto& input : inputs) {
    batch.events.push_back(
        {.stream = stream_names()[input.stream], .event = event_of(input, tagged_)});
  }
  stored(store_->import(std::move(batch)));
}

}  // namespace bench
