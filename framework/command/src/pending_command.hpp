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
  /// A stream with the events that go to it.
  struct Placed {
    Target target;
    std::vector<const google::protobuf::Message*> events = {};
    std::vector<std::size_t> ordinals = {};  ///< of the events in the decision
  };

  /// One decision on the newest state, and its append.
  void attempt();
  bool decide();
  bool place_events();
  Placed* find_place(const google::protobuf::Message& event, const StreamId& stream);
  void hand_in(Outcome outcome);
  std::vector<NewEvent> new_events(const Placed& placed) const;
  void look_at(Result<store::Appended, store::AppendError> result);
  void settle(const store::Appended& appended);
  void remember(const store::Appended& appended);
  void refuse(const char* code, std::string message, std::string hint);
  void lost_race(const store::Conflict& conflict);
  void find_deleted(const StreamId& stream);
  void try_again();

  Dispatcher::Engine& engine_;
  CommandMessage command_;
  Dispatcher::Engine::AddressedCommand addressed_;
  CommandId id_;
  UtcTime event_time_;

  // Of the attempt under way.
  runtime::Backoff backoff_;
  Decided decided_;
  std::vector<Placed> placed_;  ///< by stream; the first is the command's own
  Outcome outcome_;
  std::optional<store::Ticket> ticket_;
  Micros not_before_{0};  ///< monotonic: the next attempt

  std::optional<Result<Outcome, CommandError>> done_;
};

}  // namespace tidemark::command
