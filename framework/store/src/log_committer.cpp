#include "log_committer.hpp"

#include <exception>

#include "tidemark/base/assert.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::store {

LogCommitter::LogCommitter(sqlite::Database database, const Clock& clock, Visibility& visibility,
                           const Options& options)
    : options_(options),
      visibility_(visibility),
      writer_(std::move(database), options.store, clock),
      next_checkpoint_bytes_(options.store.wal_hard_bytes) {
  constexpr std::uint64_t frame_header_size = 24;
  auto page_size = writer_.database().prepare("PRAGMA page_size");
  TIDEMARK_ASSERT(page_size.next(), "a database has a page size");
  wal_page_size_ = static_cast<std::uint64_t>(page_size.integer(0)) + frame_header_size;
}

void LogCommitter::commit(std::span<const std::shared_ptr<LogWork>> group) noexcept {
  const auto fail = [&](const Failure& failure) {
    writer_.forget();
    for (const auto& work : group) work->fail(failure);
  };
  try {
    run(group);
  } catch (const Failure& failure) {
    fail(failure);
  } catch (const std::exception& exception) {
    fail(Failure({.code = "store.memory", .message = exception.what(), .retryable = true}));
  }
}

void LogCommitter::run(std::span<const std::shared_ptr<LogWork>> group) {
  bound_wal();
  sql::Transaction transaction(writer_.database());
  writer_.refresh();
  for (const auto& work : group) work->apply(writer_);
  const auto head = writer_.cache().head().position;
  transaction.commit();
  if (!options_.visible_when_committed) return;
  visibility_.raise(head);
  visibility_.announce();
}

/// Before a commit rather than after one, when the outcome of the last is known already.
void LogCommitter::bound_wal() {
  auto& database = writer_.database();
  if (checkpoint_wanted_.exchange(false)) database.checkpoint(sqlite::CheckpointMode::passive);
  const auto size = database.wal_pages() * wal_page_size_;
  if (size < options_.store.wal_hard_bytes) next_checkpoint_bytes_ = options_.store.wal_hard_bytes;
  if (size < next_checkpoint_bytes_) return;
  // A reader that keeps its snapshot keeps the WAL: waited for once in a while, not at each commit.
  database.checkpoint(sqlite::CheckpointMode::truncate);
  next_checkpoint_bytes_ = size + options_.store.wal_hard_bytes / 4;
}

}  // namespace tidemark::store
