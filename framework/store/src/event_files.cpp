#include "event_files.hpp"

#include <algorithm>

#include "columns.hpp"
#include "file_format.hpp"
#include "life_mask.hpp"

namespace tidemark::store {

void EventFiles::refresh() {
  const auto version = log_.data_version();
  if (version == data_version_) return;
  const auto changes = last_life_change(log_);
  if (changes != changes_) archives_ = read_archives(log_);
  changes_ = changes;
  data_version_ = version;
}

void EventFiles::forget() noexcept {
  data_version_ = -1;
  changes_ = -1;
}

const Archive& EventFiles::archive_of(std::uint64_t position) const {
  return *std::ranges::lower_bound(archives_, position, {}, &Archive::last);
}

PositionRange EventFiles::clip(PositionRange range, Direction direction) const {
  if (!lies_in_archive(range.low) || range.low > range.high) return range;
  if (direction == Direction::forward) {
    range.high = std::min(range.high, archive_of(range.low).last);
  } else {
    const auto first = range.high > archived() ? archived() + 1 : archive_of(range.high).first;
    range.low = std::max(range.low, first);
  }
  return range;
}

std::optional<EventFiles::StreamEnd> EventFiles::stream_end(std::int64_t stream_id,
                                                            std::uint64_t version) {
  if (archives_.empty()) return std::nullopt;
  auto select = log_.statement(
      "SELECT version, position FROM archived_streams "
      "WHERE stream_id = ?1 AND version >= ?2 AND position <= ?3 ORDER BY version LIMIT 1");
  if (!select.bind_all(stream_id, version, archived()).next()) return std::nullopt;
  return StreamEnd{.version = read_number(select, 0), .position = read_number(select, 1)};
}

EventFiles::Versions EventFiles::holding(std::int64_t stream_id, std::uint64_t version) {
  const auto end = stream_end(stream_id, version);
  if (!end) return {.file = log_file(), .last = INT64_MAX};
  return {.file = holding(end->position), .last = end->version};
}

const Archive* EventFiles::archive_of(std::int64_t stream_id, std::uint64_t version) {
  const auto end = stream_end(stream_id, version);
  return end ? archive_at(end->position) : nullptr;
}

EventFiles::File EventFiles::holding(const EventId& id) {
  auto select = log_.statement("SELECT 1 FROM events WHERE event_id = ?1");
  if (select.bind(1, as_blob(id)).next()) return log_file();
  return archive_with(id);
}

/// The newest first: who looks for an event mostly looks for a late one.
EventFiles::File EventFiles::archive_with(const EventId& id) {
  if (archives_.empty()) return nullptr;
  if (!is_by_time(id)) {
    const auto position = archived_place(id);
    return position != 0 ? holding(position) : nullptr;
  }
  for (auto archive = archives_.rbegin(); archive != archives_.rend(); ++archive) {
    if (!archive->may_hold(id)) continue;
    auto file = open(*archive);
    auto select = file->statement("SELECT 1 FROM events WHERE event_id = ?1");
    if (select.bind(1, as_blob(id)).next()) return file;
  }
  return nullptr;
}

std::uint64_t EventFiles::archived_place(const EventId& id) {
  auto select = log_.statement("SELECT position FROM archived_ids WHERE event_id = ?1");
  const auto position = select.bind(1, as_blob(id)).next() ? read_number(select, 0) : 0;
  // A row may be there before its archive is in use: then the log has it.
  return position <= archived() ? position : 0;
}

EventFiles::File EventFiles::open(const Archive& archive) {
  const auto known =
      std::ranges::find(open_, archive.number, [](const auto& file) { return file.first; });
  if (known != open_.end()) {
    open_.splice(open_.begin(), open_, known);
    return open_.front().second;
  }
  if (!store_) store_ = read_identity(log_).store_id;
  auto file = std::make_shared<sqlite::Database>(cold_.open(archive, *store_));
  if (open_.size() == open_max) open_.pop_back();
  return open_.emplace_front(archive.number, std::move(file)).second;
}

bool EventFiles::can_open(const Archive& archive) {
  try {
    return open(archive) != nullptr;
  } catch (const Failure& failure) {
    if (!is_of_cold_file(failure)) throw;
    return false;
  }
}

const sqlite::Statement* EventRows::find(std::uint64_t position) {
  auto file = files_.holding(position);
  if (file != file_) {
    row_.reset();
    file_ = std::move(file);
    row_.emplace(file_->statement(sql_));
  }
  row_->reset();
  return row_->bind(1, position).next() ? &*row_ : nullptr;
}

}  // namespace tidemark::store
