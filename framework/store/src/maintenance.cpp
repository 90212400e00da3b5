#include "maintenance.hpp"

#include <algorithm>
#include <utility>

#include "outcomes.hpp"

namespace tidemark::store {

Maintenance::Maintenance(const SqliteStoreOptions& options, sqlite::Database database,
                         const Parts& parts)
    : options_(options), parts_(parts), reader_(std::move(database), options) {}

bool Maintenance::round(UtcTime now) {
  parts_.place.check();
  bool expired = false;
  bool worked = false;
  {
    const std::lock_guard lock(mutex_);
    worked = sync_locked() || checkpoint_locked() || side_locked(now);
    expired = !worked && has_expired_answers(now);
  }
  parts_.visibility.announce();
  if (expired) forget_answers(now);
  return worked || expired;
}

void Maintenance::sync() {
  const std::lock_guard lock(mutex_);
  const auto version = reader_.database().data_version();
  const auto committed = reader_.last_position();
  // Under `full` too: a process that was killed in its sync leaves a commit in the WAL that is
  // found from now on, and nobody else would sync.
  reader_.database().sync_wal();
  synced_version_ = version;
  parts_.visibility.raise(committed);
}

bool Maintenance::sync_locked() {
  if (options_.durability == Durability::full) {
    // Every commit was synced before it could be seen.
    parts_.visibility.raise(reader_.last_position());
    return false;
  }
  // Read first: what is committed after these lines may be missed by the sync. The version tells of
  // commits without an event too, which a quiet log would leave unsynced for good.
  const auto version = reader_.database().data_version();
  const auto committed = reader_.last_position();
  if (version == synced_version_) return false;
  const auto now = parts_.clock.monotonic();
  if (now < last_sync_ + options_.sync_interval) return false;
  reader_.database().sync_wal();
  synced_version_ = version;
  last_sync_ = now;
  parts_.visibility.raise(committed);
  return true;
}

bool Maintenance::checkpoint_locked() {
  auto& database = reader_.database();
  const auto size = database.wal_size();
  if (size <= options_.wal_soft_bytes) next_checkpoint_bytes_ = 0;
  // The file shrinks with the next commit only, and a reader may keep it: tried again when it grew.
  if (size <= options_.wal_soft_bytes || size < next_checkpoint_bytes_) return false;
  database.checkpoint(size > options_.wal_hard_bytes ? sqlite::CheckpointMode::truncate
                                                     : sqlite::CheckpointMode::passive);
  parts_.committer.finish_checkpoint();
  next_checkpoint_bytes_ = size + options_.wal_soft_bytes / 4;
  return true;
}

void Maintenance::follow(const StoreId& store_id) {
  const std::lock_guard lock(mutex_);
  store_id_ = store_id;
}

/// The side store takes small steps while the log grows, at most a fifth of the time, and goes on
/// without a rest when it does not.
bool Maintenance::side_locked(UtcTime now) {
  constexpr std::uint64_t worth_a_transaction = 1'000;
  constexpr Micros rest_least = std::chrono::milliseconds(200);
  constexpr Micros rest_most = std::chrono::seconds(10);
  if (!options_.side_store || store_id_.is_nil()) return false;
  const auto end = parts_.visibility.high_water();
  const bool grows = end != std::exchange(side_seen_, end);
  // A clock that was set back does not make it rest for long.
  const bool rests = now < side_rests_until_ && side_rests_until_ <= now + rest_most;
  if (rests && (grows || side_failed_)) return false;
  try {
    if (!open_side() || (grows && end.value() < side_->through().value() + worth_a_transaction)) {
      return false;
    }
    const auto began = parts_.clock.monotonic();
    const bool worked = side_->round(reader_, end);
    side_rests_until_ = now + std::max(rest_least, 4 * (parts_.clock.monotonic() - began));
    side_failed_ = false;
    return worked;
  } catch (const Failure& failure) {
    if (!failure.code().starts_with("side.") && !is_of_cold_file(failure)) throw;
    // Reads do without it, and `facts` tells how far it is behind.
    side_.reset();
    if (failure.code() == "side.corrupt") remove_side(options_);
    side_rests_until_ = now + rest_most;
    side_failed_ = true;
    return false;
  }
}

/// False: there is none, and there will be none.
bool Maintenance::open_side() {
  if (parts_.side_damaged.exchange(false)) {
    side_.reset();
    remove_side(options_);
  }
  if (side_) return true;
  auto database = open_side_for_writing(options_);
  if (database) side_.emplace(*std::move(database), store_id_);
  return side_.has_value();
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
  if (!parts_.queue.add(task) || !parts_.queue.wait(*task)) fail_busy();
  task->check();
}

}  // namespace tidemark::store
