#include "table_state.hpp"

#include <algorithm>

#include "tidemark/base/assert.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::projection {
namespace {
/// Windows closed in memory before they are written.
constexpr int close_max = 10'000;

/// How far an event's time may be ahead of when it was recorded, and still move the watermark. One
/// wrong clock at a source would otherwise make everybody's events late, for good.
constexpr Micros ahead_max = std::chrono::hours(1);

UtcTime time_for_windows(const Metadata& metadata) {
  if (metadata.recorded_at == UtcTime()) return metadata.event_time;
  return std::min(metadata.event_time, metadata.recorded_at + ahead_max);
}
}  // namespace

TableState::TableState(const ProjectionModel& model, sql::Database& file, const Clock& clock)
    : model_(model),
      facts_(model.facts()),
      file_(file),
      layout_(facts_, file.dialect()),
      cache_(layout_, file, facts_.cache_rows_max, facts_.windowed),
      book_(facts_, layout_, file, clock) {}

google::protobuf::Message& TableState::at(std::string_view key) {
  auto& slot = cache_.get(key);
  if (!slot.exists) {
    // The handler may still look at the row that it erased.
    if (slot.pinned) replaced_.push_back(std::move(slot.row));
    slot.row = layout_.make(key);
    slot.exists = true;
  }
  touch(slot);
  return *slot.row;
}

const google::protobuf::Message* TableState::find(std::string_view key) {
  auto& slot = cache_.get(key);
  pin(slot);
  return slot.exists ? slot.row.get() : nullptr;
}

void TableState::erase(std::string_view key) {
  auto& slot = cache_.get(key);
  if (!slot.exists) return;
  touch(slot);
  slot.exists = false;
  slot.closing = false;
  drop_due(slot);
  slot.window.window_end.reset();
}

void TableState::close(std::string_view key) {
  auto& slot = cache_.get(key);
  if (!slot.exists) return;
  touch(slot);
  slot.closing = true;
}

sql::Database& TableState::sql() {
  if (!file_.in_transaction()) file_.begin(sql::Access::write);
  sql_used_ = true;
  restore_touched();
  for (const auto* slot : touched_) touched_before_sql_.push_back({*slot->key, slot->closing});
  touched_.clear();
  pinned_.clear();
  flush();
  cache_.clear();
  return file_;
}

void TableState::prepare() {
  if (!stale_) return;
  if (facts_.windowed) book_.load();
  stale_ = false;
}

void TableState::pin(Slot& slot) {
  if (slot.pinned) return;
  slot.pinned = true;
  pinned_.push_back(&slot);
}

void TableState::touch(Slot& slot) {
  pin(slot);
  if (!slot.touched) {
    slot.touched = true;
    touched_.push_back(&slot);
  }
  cache_.mark_dirty(slot);
}

void TableState::restore_touched() {
  for (const auto& [key, closing] : touched_before_sql_) {
    auto& slot = cache_.get(key);
    touch(slot);
    slot.closing = slot.closing || (closing && slot.exists);
  }
  touched_before_sql_.clear();
}

void TableState::finish_event(const Metadata& metadata, const feed::Place& place) {
  position_ = metadata.position;
  if (sql_used_) file_.flush();  // what the handler ran must fail with its event
  restore_touched();
  if (layout_.must_check()) {
    for (const auto* slot : touched_) {
      if (slot->exists) layout_.check_values(*slot->row);
    }
  }
  if (facts_.windowed) {
    book_.advance(time_for_windows(metadata), place);
    bool late = false;
    for (auto* slot : touched_) judge(*slot, late);
    if (late) book_.count_late();
    for (auto* slot : touched_) {
      if (slot->closing) close_window(*slot);
    }
    close_due();
  }
  for (auto* slot : touched_) slot->touched = slot->closing = false;
  for (auto* slot : pinned_) slot->pinned = false;
  touched_.clear();
  pinned_.clear();
  replaced_.clear();
}

/// Gives a new row its window, and a row whose window was closed the time of its next revision.
void TableState::judge(Slot& slot, bool& late) {
  if (!slot.exists) return;
  if (!slot.window.window_end) {
    const auto end = model_.window(*slot.row).end.micros();
    slot.window.window_end = end;
    const auto due = end + facts_.allowed_lateness.count();
    // Late also when nothing came for this window in time, so that there was nothing to close.
    late = late || (due <= book_.watermark() && !slot.closing);
    set_due(slot, due);
  } else if (slot.window.revision > 0 && !slot.closing) {
    late = true;
    if (!slot.window.due) set_due(slot, book_.watermark() + facts_.allowed_lateness.count());
  }
}

void TableState::set_due(Slot& slot, std::int64_t due) {
  slot.window.due = due;
  book_.add(due, *slot.key);
}

void TableState::drop_due(Slot& slot) {
  if (slot.window.due) book_.remove(*slot.window.due, *slot.key);
  slot.window.due.reset();
}

void TableState::close_window(Slot& slot) {
  auto& window = slot.window;
  const bool late = window.revision > 0 && window.due.has_value();
  drop_due(slot);
  cache_.mark_dirty(slot);
  auto bytes = serialize(*slot.row);
  std::optional<std::string> previous;
  if (window.revision > 0) {
    previous = slot.closed_bytes ? std::move(slot.closed_bytes)
                                 : book_.last_closed(*slot.key, window.revision);
    slot.closed_bytes = bytes;
    if (previous == bytes) return;
  }
  ++window.revision;
  slot.closed_bytes = bytes;
  book_.closed({.key = *slot.key,
                .revision = window.revision,
                .window = {.start = model_.window(*slot.row).start,
                           .end = UtcTime::from_micros(*window.window_end)},
                .row = std::move(bytes),
                .previous = std::move(previous),
                .late = late,
                .position = position_});
}

void TableState::close_due() {
  for (int closed = 0; const auto* next = book_.first_due(); ++closed) {
    if (closed == close_max) {
      backlog_ = true;
      return;
    }
    auto& slot = cache_.get(next->second);
    if (slot.exists && slot.window.due == next->first) {
      close_window(slot);
    } else {
      book_.remove(next->first, std::string(next->second));
    }
  }
  backlog_ = book_.needs_refill();
}

void TableState::flush() {
  cache_.write();
  if (facts_.windowed) book_.write();
}

void TableState::write() {
  prepare();
  flush();
  while (backlog_) {
    cache_.evict();
    book_.refill();
    close_due();
    flush();
  }
  cache_.evict();
  sql_used_ = false;
}

void TableState::forget() noexcept {
  cache_.clear();
  book_.clear();
  touched_.clear();
  pinned_.clear();
  touched_before_sql_.clear();
  replaced_.clear();
  sql_used_ = false;
  backlog_ = false;
  stale_ = true;
}

}  // namespace tidemark::projection
