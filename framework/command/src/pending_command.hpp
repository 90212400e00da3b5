#pragma once

#include <memory>
#include <optional>

#include "engine.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/runtime/retry.hpp"

namespace tidemark::command {

/// One command between being sent and its outcome: load, decide, submit, look, and again on a
/// conflict.
struct PendingCommand::Work {
  Work(Dispatcher::Engine& engine, CommandMessage command);

  /// Checks the command and hands in its first append.
  void start();
  /// See `PendingCommand::poll`.
  std::optional<Result<Outcome, CommandError>> poll();
  /// Waits for the outcome.
  Result<Outcome, CommandError> finish();

 private:
  /// One decision on the newest state, and its append.
  void attempt();
  std::optional<Loaded> decide();
  void hand_in(const Loaded& loaded, Outcome outcome);
  std::vector<NewEvent> new_events() const;
  void look_at(Result<store::Appended, store::AppendError> result);
  void settle(const store::Appended& appended);
  void refuse(const char* code, std::string message, std::string hint);
  void lost_race(const store::Conflict& conflict);

  Dispatcher::Engine& engine_;
  CommandMessage command_;
  const Route* route_ = nullptr;
  std::unique_ptr<google::protobuf::Message> message_;
  CommandId id_;
  UtcTime event_time_;
  StreamId stream_;

  // Of the attempt under way.
  runtime::Backoff backoff_;
  StreamVersion decided_on_;
  Decision decision_;
  Outcome outcome_;
  std::optional<store::Ticket> ticket_;
  Micros not_before_{0};  ///< monotonic: the next attempt

  std::optional<Result<Outcome, CommandError>> done_;
};

}  // namespace tidemark::command
