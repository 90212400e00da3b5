#include "life_mask.hpp"

#include "columns.hpp"

namespace tidemark::store {

void LifeMask::refresh(sqlite::Database& database) {
  const auto version = database.data_version();
  if (version == data_version_) return;
  const auto changes = last_life_change(database);
  data_version_ = version;
  if (changes == changes_) return;
  before_.clear();
  skips_.clear();
  auto lives = database.statement(
      "SELECT stream_id, truncated_before FROM lives WHERE erased_before < truncated_before");
  while (lives.next()) before_[lives.integer(0)] = read_number(lives, 1);
  auto skips = database.statement("SELECT position FROM skips");
  while (skips.next()) skips_.insert(read_number(skips, 0));
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
