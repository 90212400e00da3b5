#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "log_writer.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/event_store.hpp"
#include "tidemark/store/group_commit.hpp"

namespace tidemark::store {

/// Something that wants to be part of a write transaction.
///
/// `apply` and `fail` are called by the committing thread, before the queue marks the work as done;
/// its owner looks at it afterwards.
class LogWork : public GroupCommit<LogWork>::Waiting {
 public:
  virtual ~LogWork() = default;
  /// Inside the transaction. May be followed by `fail`, or by another `apply` in another one.
  virtual void apply(LogWriter& writer) = 0;
  /// The first one counts.
  void fail(const Failure& failure) {
    if (!failure_) failure_ = failure;
  }
  [[nodiscard]] bool has_failed() const { return failure_.has_value(); }
  /// Throws what the commit failed with, if it did.
  void check() const {
    if (failure_) throw Failure(*failure_);
  }

 private:
  std::optional<Failure> failure_;
};

using LogQueue = GroupCommit<LogWork>;

/// An append that waits, and the ticket's side of it.
class PendingAppend final : public LogWork, public Ticket::Shared {
 public:
  /// `queue` must outlive it.
  PendingAppend(LogQueue& queue, Append append) : queue_(queue), prepared_(std::move(append)) {}

  void apply(LogWriter& writer) override { outcome_.emplace(writer.append(prepared_)); }
  std::optional<Result<Appended, AppendError>> poll() override;
  Result<Appended, AppendError> wait() override;

 private:
  LogQueue& queue_;
  PreparedAppend prepared_;
  std::optional<Result<Appended, AppendError>> outcome_;
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

/// An import that waits.
class PendingImport final : public LogWork {
 public:
  explicit PendingImport(Import import) : prepared_(std::move(import)) {}
  void apply(LogWriter& writer) override { outcome_.emplace(writer.import(prepared_)); }
  /// Once it is committed.
  [[nodiscard]] const Result<Appended, AppendError>& outcome() const { return *outcome_; }

 private:
  PreparedImport prepared_;
  std::optional<Result<Appended, AppendError>> outcome_;
};

/// Any other change of the file, as a function that may outlive its caller.
class LogTask final : public LogWork {
 public:
  explicit LogTask(std::function<void(LogWriter&)> task) : task_(std::move(task)) {}
  void apply(LogWriter& writer) override { task_(writer); }

 private:
  std::function<void(LogWriter&)> task_;
};

/// What a caller is told whose patience ended.
[[noreturn]] void fail_busy();

}  // namespace tidemark::store
