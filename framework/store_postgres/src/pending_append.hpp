#pragma once

#include <optional>
#include "store_names.hpp"

#include "group_plan.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/event_store.hpp"
#include "tidemark/store/group_commit.hpp"

namespace tidemark::store_postgres {

/// An append that waits, with what can be computed before its place in the log is known; and the
/// ticket's side of it.
///
/// Whoever commits it fills in `outcome` or `failure` before the queue marks it as done.
class PendingAppend final : public GroupCommit<PendingAppend>::Waiting, public Ticket::Shared {
 public:
  using Queue = GroupCommit<PendingAppend>;
  /// `queue` must outlive it.
  PendingAppend(Queue& queue, Append append_to_store);

  std::optional<Result<Appended, AppendError>> poll() override;
  Result<Appended, AppendError> wait() override;

  const Append append;
  Preparation preparation;
  std::size_t bytes = 0;  ///< of data, headers and tags

  std::optional<Result<Appended, AppendError>> outcome;
  std::optional<Failure> failure;
  /// What a commit would have come to of which nobody knows whether it was done.
  std::optional<Appended> attempted;

 private:
  [[nodiscard]] Result<Appended, AppendError> answer() const;

  Queue& queue_;
};

/// The ticket of an append that was refused before it was queued.
class RefusedAppend final : public Ticket::Shared {
 public:
  explicit RefusedAppend(LimitExceeded limit)
      : outcome_(Unexpected<AppendError>(std::move(limit))) {}
  std::optional<Result<Appended, AppendError>> poll() override { return outcome_; }
  Result<Appended, AppendError> wait() override { return outcome_; }

 private:
  Result<Appended, AppendError> outcome_;
};

/// What a caller is told whose patience ended.
[[noreturn]] void fail_busy();

}  // namespace tidemark::store_postgres
