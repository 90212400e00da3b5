#include "log_committer.hpp"

#include <exception>
#include <string_view>

#include "tidemark/base/assert.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::store {
namespace {

/// Of the disk or the machine, and no item's own: the others would meet it as well.
bool is_of_log(const Failure& failure) {
  const std::string_view code = failure.code();
  return failure.retryable() || code == "store.io" || code == "store.read_only" ||
         code == "store.moved";
}

}  // namespace

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
  auto left = group.size();
  while (left > 0) {
    LogWork* at_work = nullptr;
    const auto fail = [&](const Failure& failure) {
      writer_.forget();
      const bool all = at_work == nullptr || is_of_log(failure);
      for (const auto& work : group) {
        if (all || at_work == work.get()) work->fail(failure);
      }
      left = all ? 0 : left - 1;
    };
    try {
      run(group, at_work);
      return;
    } catch (const Failure& failure) {
      fail(failure);
    } catch (const std::exception& exception) {
      fail(Failure({.code = "store.memory", .message = exception.what(), .retryable = true}));
    }
  }
}

/// `at_work`: which item it is at; null: it is not the fault of one.
void LogCommitter::run(Group group, LogWork*& at_work) {
  options_.place.check();
  bound_wal();
  sql::Transaction transaction(writer_.database());
  writer_.refresh();
  for (const auto& work : group) {
    if (work->has_failed()) continue;
    at_work = work.get();
    work->apply(writer_);
  }
  at_work = nullptr;
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
