#include "maintenance.hpp"

#include "outcomes.hpp"

namespace tidemark::store {

Maintenance::Maintenance(const SqliteStoreOptions& options, sqlite::Database database,
                         LogQueue& queue, Visibility& visibility)
    : options_(options), queue_(queue), visibility_(visibility), reader_(std::move(database)) {}

bool Maintenance::round(UtcTime now) {
  bool expired = false;
  bool worked = false;
  {
    const std::lock_guard lock(mutex_);
    worked = sync_locked() || checkpoint_locked();
    expired = !worked && has_expired_answers(now);
  }
  visibility_.announce();
  if (expired) forget_answers(now);
  return worked || expired;
}

bool Maintenance::sync() {
  const std::lock_guard lock(mutex_);
  return sync_locked();
}

bool Maintenance::sync_locked() {
  // Read first: what is committed after this line may be missed by the sync.
  const auto committed = reader_.last_position();
  if (committed <= visibility_.high_water()) return false;
  // Under `full` every commit was synced before it could be seen.
  if (options_.durability == Durability::normal) reader_.database().sync_wal();
  visibility_.raise(committed);
  return options_.durability == Durability::normal;
}

bool Maintenance::checkpoint_locked() {
  auto& database = reader_.database();
  const auto size = database.wal_size();
  if (size <= options_.wal_soft_bytes) return false;
  const auto done =
      database.checkpoint(size > options_.wal_hard_bytes ? sqlite::CheckpointMode::truncate
                                                         : sqlite::CheckpointMode::passive);
  // The file shrinks with the next commit only, and a reader may be in the way: without news there
  // was no work, or the caller would come back at once for ever.
  const bool moved =
      done.wal_pages != checkpoint_.wal_pages || done.moved_pages != checkpoint_.moved_pages;
  checkpoint_ = done;
  return moved;
}

bool Maintenance::has_expired_answers(UtcTime now) {
  auto select = reader_.database().statement(
      "SELECT 1 FROM appends WHERE expires_at <= ?1 AND expires_at IS NOT NULL LIMIT 1");
  return select.bind(1, now.micros()).next();
}

void Maintenance::forget_answers(UtcTime now) {
  constexpr std::uint64_t count_max = 1000;  // of one transaction, so that appends do not wait
  const auto task = std::make_shared<LogTask>(
      [now](LogWriter& writer) { store::forget_answers(writer.database(), now, count_max); });
  if (!queue_.add(task) || !queue_.wait(*task)) fail_busy();
  task->check();
}

}  // namespace tidemark::store
