#include "life_mask.hpp"

#include "columns.hpp"

namespace tidemark::store {
namespace {

/// Numbers of which no few have the same sum, bit by bit: the finalizer of SplitMix64 (Steele, Lea
/// and Flood, OOPSLA 2014).
std::uint64_t mark_of(std::uint64_t position) {
  auto mark = position + 0x9E3779B97F4A7C15ULL;
  mark = (mark ^ (mark >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mark = (mark ^ (mark >> 27)) * 0x94D049BB133111EBULL;
  return mark ^ (mark >> 31);
}

}  // namespace

void LifeMask::refresh(sqlite::Database& database, std::int64_t changes) {
  if (changes == changes_) return;
  before_.clear();
  skips_.clear();
  auto lives = database.statement(
      "SELECT stream_id, truncated_before FROM lives WHERE erased_before < truncated_before");
  while (lives.next()) before_[lives.integer(0)] = read_number(lives, 1);
  marks_.clear();
  auto skips = database.statement("SELECT position, stream_id FROM skips");
  while (skips.next()) {
    const auto position = read_number(skips, 0);
    skips_.insert(position);
    marks_[skips.integer(1)] ^= mark_of(position);
  }
  empty_ = before_.empty() && skips_.empty();
  changes_ = changes;
}

bool LifeMask::hides(const EventView& event, std::int64_t stream_id) const {
  const auto found = before_.find(stream_id);
  if (found != before_.end() && event.metadata.version.value() < found->second) return true;
  return skips_.contains(event.metadata.position.value());
}

std::int64_t announce_life_change(sqlite::Database& database) {
  auto count = database.statement(
      "INSERT INTO meta(name, value) VALUES('life_changes', 1) "
      "ON CONFLICT(name) DO UPDATE SET value = value + 1 RETURNING value");
  return count.next() ? count.integer(0) : 0;
}

std::int64_t last_life_change(sqlite::Database& database) {
  auto select = database.statement("SELECT value FROM meta WHERE name = 'life_changes'");
  return select.next() ? select.integer(0) : 0;
}

}  // namespace tidemark::store
