#include "event_sink.hpp"

#include <algorithm>
#include <utility>

#include "columns.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store {

bool is_stored(EventFiles& files, const EventId& id) { return files.holding(id) != nullptr; }

void fail_in_the_way() {
  // Nothing else may be in an event's way: its position and its version were free.
  throw Failure({.code = "store.corrupt",
                 .message = "an event could not be inserted although its id is new",
                 .hint = "run verify; restore the file from a backup"});
}

EventSink::EventSink(EventFiles& files, LogCache& cache)
    : files_(files), database_(files.log()), cache_(cache), insert_(files.log()) {
  rows_.reserve(EventInsert::rows_max);
  waiting_.reserve(EventInsert::rows_max);
}

void EventSink::begin(OnDuplicate on_duplicate) {
  inserted_ = cache_.head();
  head_ = inserted_;
  on_duplicate_ = on_duplicate;
  rows_.clear();
  waiting_.clear();
  tag_ids_.clear();
  first_new_stream_.reset();
  skipped_ = 0;
}

bool EventSink::add(const Incoming& incoming) {
  stage(incoming);
  return rows_.size() < EventInsert::rows_max || flush();
}

bool EventSink::finish() { return rows_.empty() || flush(); }

/// Adds the next row to insert, and moves the log and the stream on as if it were stored.
void EventSink::stage(const Incoming& incoming) {
  auto& stream = *incoming.stream;
  if (stream.id == 0) {
    stream.id = cache_.next_stream_id();
    cache_.used_stream_id();
    stream.category_id = cache_.category_id(incoming.name->category());
    if (!first_new_stream_) first_new_stream_ = stream.id;
  }
  auto& row = rows_.emplace_back();
  waiting_.push_back(incoming);
  row.event = incoming.event;
  row.stream_id = stream.id;
  row.category_id = stream.category_id;
  row.type_id = cache_.type_id(incoming.event.type);
  row.data_digest = *incoming.data_digest;
  auto& metadata = row.event.metadata;
  metadata.position = head_.position.next();
  metadata.version = stream.version.next();
  head_.recorded_at = std::max(head_.recorded_at, metadata.recorded_at);
  metadata.recorded_at = head_.recorded_at;
  row.chain = chain_.next(head_.chain, row.event, *incoming.data_digest);
  head_.position = metadata.position;
  head_.chain = row.chain;
  stream.version = metadata.version;
}

bool EventSink::flush() {
  if (are_new() && insert_.insert(rows_) == rows_.size()) {
    keep();
    return true;
  }
  if (on_duplicate_ == OnDuplicate::refuse) return false;
  database_.statement("DELETE FROM events WHERE position > ?1")
      .bind(1, inserted_.position.value())
      .run();
  insert_one_by_one();
  return true;
}

/// Whether no archive has an event with the id of one that waits. Those in the log show when they
/// are inserted.
bool EventSink::are_new() {
  return files_.archives().empty() || std::ranges::none_of(rows_, [this](const EventRow& row) {
           return files_.is_archived(row.event.metadata.event_id);
         });
}

/// Inserts what waits, but for those events whose ids are stored already.
void EventSink::insert_one_by_one() {
  const auto events = waiting_;
  rewind();
  for (const auto& event : events) {
    stage(event);
    if (are_new() && insert_.insert(rows_) == 1) {
      keep();
      continue;
    }
    if (!is_stored(files_, event.event.metadata.event_id)) fail_in_the_way();
    rewind();
    ++skipped_;
  }
}

/// Nothing waits any more: the log and the streams are as they were before it came.
void EventSink::rewind() {
  for (std::size_t at = rows_.size(); at-- > 0;) {
    auto& stream = *waiting_[at].stream;
    stream.version = StreamVersion(stream.version.value() - 1);
    if (stream.version != StreamVersion()) continue;
    cache_.give_back_stream_ids(stream.id);
    stream.id = 0;
  }
  rows_.clear();
  waiting_.clear();
  head_ = inserted_;
}

/// What waited is inserted: with it goes what belongs to it.
void EventSink::keep() {
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    const auto& row = rows_[at];
    const auto& metadata = row.event.metadata;
    if (metadata.version == StreamVersion(1)) create_stream(waiting_[at]);
    cache_.note_block(row.type_id, row.category_id, metadata.position);
    if (!waiting_[at].tags.empty()) index_tags(waiting_[at], metadata.position);
  }
  rows_.clear();
  waiting_.clear();
  inserted_ = head_;
}

void EventSink::create_stream(const Incoming& incoming) {
  database_.statement("INSERT INTO streams(id, name, category_id) VALUES(?1, ?2, ?3)")
      .bind_all(incoming.stream->id, std::string_view(incoming.name->name()),
                incoming.stream->category_id)
      .run();
}

void EventSink::index_tags(const Incoming& incoming, Position position) {
  auto insert =
      database_.statement("INSERT OR IGNORE INTO event_tags(tag_id, position) VALUES(?1, ?2)");
  for (const auto& tag : incoming.tags) {
    const auto id = cache_.tag_id(tag);
    insert.bind_all(id, position.value()).run();
    tag_ids_.push_back(id);
  }
}

void EventSink::undo() {
  const auto before = cache_.head().position.value();
  database_.statement("DELETE FROM events WHERE position > ?1").bind(1, before).run();
  auto remove_tags =
      database_.statement("DELETE FROM event_tags WHERE tag_id = ?1 AND position > ?2");
  for (const auto tag : tag_ids_) remove_tags.bind_all(tag, before).run();
  if (!first_new_stream_) return;
  database_.statement("DELETE FROM streams WHERE id >= ?1").bind(1, *first_new_stream_).run();
  cache_.give_back_stream_ids(*first_new_stream_);
}

}  // namespace tidemark::store
