#pragma once

#include <functional>
#include <optional>

#include "decide.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::saga {

struct Coordinator::Parts {
  const SagaModel& model;
  store::EventStore& store;
  command::Dispatcher& dispatcher;
  const Catalogue& catalogue;
  const Clock& clock;
  const observe::Logger log;

  [[nodiscard]] Instance fold(const std::string& instance) const;
  /// The append that adds these records behind `version`.
  [[nodiscard]] store::Append append(const std::string& instance, StreamVersion version,
                                     const std::vector<Record>& records) const;
  /// Says in the log what an operator cares about in a record that was journalled.
  void tell(const std::string& instance, const Record& record) const;
};

/// Folds, asks `next` for the record to add, appends it, and does it again when it lost the race.
class JournalErrand final : public Errand {
 public:
  using Next = std::function<std::optional<Record>(const Moment&)>;
  JournalErrand(const Coordinator::Parts& parts, std::string instance, Next next);
  bool poll() override;
  [[nodiscard]] bool appended() const override { return appended_; }
  [[nodiscard]] Position position() const override { return position_; }

 private:
  const Coordinator::Parts& parts_;
  const std::string instance_;
  const Next next_;
  Position position_;
  std::optional<store::Ticket> ticket_;
  std::optional<Record> record_;  ///< with `ticket_`: what it appends
  bool appended_ = false;
};

/// Sends the first open command of an instance; its outcome is journalled in the same append as
/// what the command changes.
class CommandErrand final : public Errand {
 public:
  CommandErrand(const Coordinator::Parts& parts, std::string instance);
  bool poll() override;
  [[nodiscard]] bool appended() const override {
    return afterwards_ ? afterwards_->appended() : appended_;
  }

 private:
  /// Sends it; false when there is nothing to send any more.
  bool start();
  void tell_outcome(const command::Outcome& outcome) const;
  bool failed(const command::CommandError& error);
  bool journal(JournalErrand::Next next);
  [[nodiscard]] v1::CommandSettled settled_of(const command::Outcome& outcome) const;

  const Coordinator::Parts& parts_;
  const std::string instance_;
  std::optional<OpenCommand> open_;
  std::optional<command::PendingCommand> pending_;
  std::unique_ptr<Errand> afterwards_;
  bool appended_ = false;
};

/// The suspension of an instance that began with another table; none when it is the model's.
/// `input`: what was to be handled, which then waits for the instance to go on; may be null.
std::optional<Record> foreign_table(const Moment& moment, const v1::InputRef* input);

/// Does what is next: see `Coordinator::drive`.
std::unique_ptr<Errand> make_drive(const Coordinator::Parts& parts, std::string instance);

/// The arrival of an event input, and of a pending input of a folded instance. The texts of
/// `Arrival` point into `held`.
struct HeldInput {
  std::optional<RecordedEvent> event;
  std::string type, data;
  std::string unreadable;  ///< why the event cannot be read today; empty when it can
};
Arrival arrive(const EventInput& input);
std::optional<Arrival> arrive_pending(const Coordinator::Parts& parts, const Instance& instance,
                                      HeldInput& held);

}  // namespace tidemark::saga
