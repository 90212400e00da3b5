#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "columns.hpp"
#include "replica.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::store {
namespace {

[[noreturn]] void fail_diverged(Position position) {
  throw Failure({.code = "store.diverged",
                 .message = fmt::format("event {} does not follow from what is stored here",
                                        position.value()),
                 .hint = "copy into a store of its own, or one that an earlier copy began"});
}

}  // namespace

std::uint64_t stored_events(LogReader& reader, Position from, Position end, std::uint64_t limit,
                            const std::function<bool(const StoredEvent&)>& visit) {
  static const auto sql = fmt::format(
      "SELECT {}, chain, data_digest FROM events WHERE position BETWEEN ?1 AND ?2 "
      "ORDER BY position",
      event_columns);
  auto& files = reader.files();
  const LogMoment moment(files);
  std::uint64_t visited = 0;
  PositionRange left{.low = std::max<std::uint64_t>(from.value(), 1), .high = end.value()};
  while (left.low <= left.high && visited < limit) {
    const auto stretch = files.clip(left, Direction::forward);
    const auto file = files.holding(stretch.low);
    auto rows = file->statement(sql);
    rows.bind_all(stretch.low, std::min(stretch.high, stretch.low + (limit - visited) - 1));
    while (rows.next()) {
      StoredEvent stored{.event = read_event(rows, reader.names())};
      stored.chain = read_hash(rows, event_column_count);
      stored.data_digest = rows.is_null(event_column_count + 1)
                               ? security::digest(stored.event.data)
                               : read_hash(rows, event_column_count + 1);
      ++visited;
      if (!visit(stored)) return visited;
    }
    left.low = stretch.high + 1;
  }
  return visited;
}

void put_stored_events(LogWriter& writer, std::span<const StoredEvent> events) {
  auto& cache = writer.cache();
  const auto head = cache.head().position;
  // Streams by name, where they stay: the sink moves them on.
  std::unordered_map<std::string_view, std::pair<StreamId, KnownStream>> streams;
  std::vector<std::vector<std::string>> tags;
  tags.reserve(events.size());
  EventRows stored_chains(writer.files(), "SELECT chain FROM events WHERE position = ?1");
  auto& sink = writer.sink();
  sink.begin(OnDuplicate::refuse);
  bool stored_all = true;
  for (const auto& [event, data_digest, chain] : events) {
    const auto& metadata = event.metadata;
    if (metadata.position <= head) {
      const auto* row = stored_chains.find(metadata.position.value());
      if (row == nullptr || read_hash(*row, 0) != chain) fail_diverged(metadata.position);
      continue;
    }
    if (!event.tombstone && security::digest(event.data) != data_digest) {
      fail_diverged(metadata.position);
    }
    auto found = streams.find(metadata.stream);
    if (found == streams.end()) {
      auto name = StreamId::parse(metadata.stream);
      if (!name) fail_diverged(metadata.position);
      auto known = cache.stream(name->name());
      found = streams.try_emplace(metadata.stream, *std::move(name), known).first;
    }
    auto& [name, stream] = found->second;
    auto extra = decode_extra(metadata.extra);
    tags.push_back(extra ? std::move(extra->tags) : std::vector<std::string>());
    const auto position = sink.head().position.next();
    const auto version = stream.version.next();
    stored_all = stored_all && sink.add({.name = &name,
                                         .stream = &stream,
                                         .event = event,
                                         .data_digest = &data_digest,
                                         .tags = tags.back()});
    // The chain covers everything else of the event, and what lies before it.
    if (position != metadata.position || version != metadata.version ||
        sink.head().chain != chain) {
      fail_diverged(metadata.position);
    }
  }
  if (!sink.finish() || !stored_all) fail_diverged(sink.head().position);
  for (const auto& [key, stream] : streams) {
    if (stream.second.version != StreamVersion()) {
      cache.put_stream(stream.first.name(), stream.second);
    }
  }
  if (sink.head().position != head) cache.move_head(sink.head());
}

}  // namespace tidemark::store
