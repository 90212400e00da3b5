#include "window_book.hpp"

#include <algorithm>

namespace tidemark::projection {
namespace {
constexpr auto never = std::numeric_limits<std::int64_t>::max();
}  // namespace

WindowBook::WindowBook(const ProjectionFacts& facts, const Layout& layout, sql::Database& file,
                       const Clock& clock)
    : facts_(facts), layout_(layout), file_(file), clock_(clock) {}

void WindowBook::load() {
  clear();
  auto state = file_.statement("SELECT watermark, late_events FROM model_state");
  state.next();
  if (!state.is_null(0)) watermark_ = state.integer(0);
  late_events_ = static_cast<std::uint64_t>(state.integer(1));
  const auto now = clock_.monotonic();
  auto marks = file_.statement("SELECT topic, partition, event_time FROM model_watermarks");
  while (marks.next()) {
    marks_[{std::string(marks.text(0)), static_cast<std::int32_t>(marks.integer(1))}] = {
        .latest = UtcTime::from_micros(marks.integer(2)), .seen_at = now};
  }
  refill();
}

void WindowBook::refill() {
  due_.clear();
  auto rows = file_.statement(layout_.select_due());
  rows.bind(1, windows_max);
  while (rows.next()) due_.emplace_hint(due_.end(), rows.integer(0), layout_.read_key(rows, 1));
  // Further windows of the last due time may be on disk.
  in_memory_below_ = due_.size() < windows_max ? never : due_.rbegin()->first;
}

void WindowBook::clear() noexcept {
  due_.clear();
  marks_.clear();
  closed_.clear();
  store_mark_ = nullptr;
  watermark_ = std::numeric_limits<std::int64_t>::min();
  late_events_ = 0;
  changed_ = false;
}

WindowBook::Mark& WindowBook::mark_of(const feed::Place& place) {
  if (const auto* kafka = std::get_if<feed::KafkaPlace>(&place)) {
    return marks_[{kafka->topic, kafka->partition}];
  }
  if (store_mark_ == nullptr) store_mark_ = &marks_[{std::string(), 0}];
  return *store_mark_;
}

void WindowBook::advance(UtcTime event_time, const feed::Place& place) {
  auto& mark = mark_of(place);
  const bool alone = marks_.size() == 1;
  if (!alone) mark.seen_at = clock_.monotonic();
  if (event_time <= mark.latest && !alone) return;
  mark.latest = std::max(mark.latest, event_time);
  auto smallest = mark.latest;
  if (!alone) {
    const auto now = mark.seen_at;
    for (const auto& [partition, other] : marks_) {
      if (now - other.seen_at < facts_.idle_partition_after) {
        smallest = std::min(smallest, other.latest);
      }
    }
  }
  if (smallest.micros() > watermark_) {
    watermark_ = smallest.micros();
    changed_ = true;
  }
}

void WindowBook::add(std::int64_t due, const std::string& key) {
  if (due >= in_memory_below_) return;
  due_.emplace(due, key);
  if (due_.size() <= windows_max) return;
  const auto last = std::prev(due_.end());
  in_memory_below_ = last->first;
  due_.erase(last);
}

std::optional<std::string> WindowBook::last_closed(const std::string& key, std::uint32_t revision) {
  for (auto window = closed_.rbegin(); window != closed_.rend(); ++window) {
    if (window->key == key && window->revision == revision) return window->row;
  }
  auto row = file_.statement("SELECT row FROM closed_windows WHERE key = ?1 AND revision = ?2");
  row.bind(1, sql::Blob{key}).bind(2, revision);
  if (!row.next()) return std::nullopt;
  return std::string(row.blob(0));
}

void WindowBook::write() {
  write_closed();
  if (!changed_) return;
  auto state = file_.statement("UPDATE model_state SET watermark = ?1, late_events = ?2");
  state.bind(1, watermark_).bind(2, late_events_).run();
  for (const auto& [partition, mark] : marks_) {
    auto update = file_.statement(
        "INSERT INTO model_watermarks VALUES (?1, ?2, ?3)"
        " ON CONFLICT (topic, partition) DO UPDATE SET event_time = excluded.event_time");
    update.bind(1, std::string_view(partition.first)).bind(2, partition.second);
    update.bind(3, mark.latest.micros()).run();
  }
  changed_ = false;
}

void WindowBook::write_closed() {
  for (const auto& window : closed_) {
    auto insert = file_.statement(
        "INSERT INTO closed_windows(key, revision, window_start, window_end, row, previous, late,"
        " position) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    insert.bind(1, sql::Blob{window.key}).bind(2, window.revision);
    insert.bind(3, window.window.start.micros()).bind(4, window.window.end.micros());
    insert.bind(5, sql::Blob{window.row});
    if (window.previous) insert.bind(6, sql::Blob{*window.previous});
    insert.bind(7, window.late ? 1 : 0).bind(8, window.position.value());
    insert.run();
  }
  closed_.clear();
}

}  // namespace tidemark::projection
