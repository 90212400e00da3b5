#include "row_cache.hpp"

#include <algorithm>

namespace tidemark::projection {

RowCache::RowCache(const Layout& layout, sql::Database& file, std::size_t rows_max, bool windowed)
    : layout_(layout),
      file_(file),
      rows_max_(rows_max),
      dirty_max_(std::max<std::size_t>(1, rows_max / 2)),
      windowed_(windowed),
      select_(file.prepare(layout.select())),
      upsert_(file.prepare(layout.upsert())),
      remove_(file.prepare(layout.remove())) {}

Slot& RowCache::get(std::string_view key) {
  const auto found = slots_.find(key);
  if (found != slots_.end()) {
    auto& slot = found->second;
    if (newest_ != &slot) {
      unlink(slot);
      link_newest(slot);
    }
    return slot;
  }
  if (slots_.size() >= rows_max_ && oldest_ != nullptr && !oldest_->dirty && !oldest_->pinned) {
    auto& oldest = *oldest_;
    unlink(oldest);
    slots_.erase(slots_.find(*oldest.key));
  }
  auto& [own_key, slot] = *slots_.try_emplace(std::string(key)).first;
  slot.key = &own_key;
  link_newest(slot);
  load(slot);
  return slot;
}

void RowCache::load(Slot& slot) {
  slot.row = layout_.make(*slot.key);
  layout_.bind_key(select_, *slot.row);
  if (select_.next()) {
    layout_.read(select_, *slot.row, slot.window);
    slot.exists = slot.stored = true;
    select_.reset();
  } else if (windowed_) {
    auto erased = file_.statement("SELECT revision FROM erased_windows WHERE key = ?1");
    erased.bind(1, sql::Blob{*slot.key});
    if (erased.next()) slot.window.revision = static_cast<std::uint32_t>(erased.integer(0));
  }
}

void RowCache::mark_dirty(Slot& slot) {
  if (slot.dirty) return;
  slot.dirty = true;
  dirty_.push_back(&slot);
}

void RowCache::write() {
  std::sort(dirty_.begin(), dirty_.end(),
            [](const Slot* a, const Slot* b) { return *a->key < *b->key; });
  for (auto* slot : dirty_) {
    if (slot->exists) {
      write_row(*slot);
    } else {
      remove_row(*slot);
    }
    slot->dirty = false;
  }
  dirty_.clear();
}

void RowCache::write_row(Slot& slot) {
  layout_.bind(upsert_, *slot.row, slot.window, buffers_);
  upsert_.run();
  slot.stored = true;
}

/// The revision outlives the row: should it come back, its windows count on.
void RowCache::remove_row(Slot& slot) {
  if (slot.stored) {
    layout_.bind_key(remove_, *slot.row);
    remove_.run();
    slot.stored = false;
  }
  if (!windowed_ || slot.window.revision == 0) return;
  auto keep = file_.statement(
      "INSERT INTO erased_windows(key, revision) VALUES (?1, ?2)"
      " ON CONFLICT (key) DO UPDATE SET revision = excluded.revision");
  keep.bind(1, sql::Blob{*slot.key}).bind(2, slot.window.revision).run();
}

void RowCache::evict() {
  while (slots_.size() > rows_max_ && oldest_ != nullptr && !oldest_->dirty) {
    auto& oldest = *oldest_;
    unlink(oldest);
    slots_.erase(slots_.find(*oldest.key));
  }
}

void RowCache::clear() noexcept {
  dirty_.clear();
  slots_.clear();
  newest_ = oldest_ = nullptr;
}

void RowCache::link_newest(Slot& slot) {
  slot.older = newest_;
  slot.newer = nullptr;
  if (newest_ != nullptr) newest_->newer = &slot;
  newest_ = &slot;
  if (oldest_ == nullptr) oldest_ = &slot;
}

void RowCache::unlink(Slot& slot) {
  (slot.newer != nullptr ? slot.newer->older : newest_) = slot.older;
  (slot.older != nullptr ? slot.older->newer : oldest_) = slot.newer;
  slot.newer = slot.older = nullptr;
}

}  // namespace tidemark::projection
