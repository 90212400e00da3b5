#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/saga/instance.hpp"
#include "tidemark/saga/saga_model.hpp"

namespace tidemark::saga {

/// Plays one saga instance in memory with the very functions that run it in production, without
/// store, threads or clock: for tests. Commands get their outcome at once, in the order in which
/// they go out. One thread.
class Rehearsal {
 public:
  /// What becomes of a command: none means accepted.
  using Judge = std::function<std::optional<Rejection>(const v1::OutgoingCommand&)>;

  /// `model` must outlive it. Time starts at `start` and moves only by `advance`.
  Rehearsal(const SagaModel& model, UtcTime start);

  void set_judge(Judge judge) { judge_ = std::move(judge); }
  /// Hands in one event, and lets the instance do all it can then. The event's id follows from how
  /// many came before, unless `again` asks for the last one's: a redelivery.
  void input(const google::protobuf::Message& event, bool again = false);
  /// Lets time pass; timers that become due on the way fire in order of their time.
  void advance(Micros duration);

  [[nodiscard]] const Instance& instance() const { return instance_; }
  /// "finished" is told from the table, all else from the journal.
  [[nodiscard]] Status status() const;
  /// Commands that went out since the last call, in order.
  [[nodiscard]] std::vector<v1::OutgoingCommand> take_sent();

 private:
  void append(const std::string& type, const std::string& data, const std::string& correlation_id);
  void settle();
  bool fire_next(UtcTime until);

  const SagaModel& model_;
  UtcTime now_;
  Judge judge_;
  std::string id_ = "rehearsal";
  Instance instance_;
  std::uint64_t events_ = 0;
  std::vector<v1::OutgoingCommand> sent_;
};

}  // namespace tidemark::saga
