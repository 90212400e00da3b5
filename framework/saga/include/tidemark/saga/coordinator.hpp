#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/saga/instance.hpp"
#include "tidemark/saga/saga_model.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::saga {

/// An event for an instance, with what the journal must know of it.
struct EventInput {
  RecordedEvent event;  ///< type and data as they are read today
  std::string instance;
};

/// One thing under way for one instance: an append to its journal, or a command with its journal
/// record.
///
/// Looked at in later steps; one thread at a time. It folds the journal, decides, appends at the
/// exact version, and looks again when it lost that race.
class Errand {
 public:
  virtual ~Errand() = default;
  /// True when it is done: the journal has it, or there was nothing to do.
  virtual bool poll() = 0;
  /// Whether it added to the journal; meaningful once `poll` answered true.
  [[nodiscard]] virtual bool appended() const = 0;
  /// Of what it added last; 0 when that is nothing.
  [[nodiscard]] virtual Position position() const { return {}; }
};

/// A person's verb on an instance.
struct Verb {
  enum class Kind : std::uint8_t {
    retry,   ///< go on, handling what suspended it again
    resume,  ///< go on after a pause, or past the input that suspended it
    pause,   ///< stop taking inputs and sending commands; what comes is deferred
    cancel,  ///< end it for good
  };
  Kind kind = Kind::retry;
  std::string by;
  std::string reason;
};

/// What one saga type does with its instances. Holds no state but caches: everything is in the
/// journals. Safe from any thread; all references must outlive it and its errands. What is
/// suspended is said in `log`, once it is journalled.
class Coordinator {
 public:
  Coordinator(const SagaModel& model, store::EventStore& store, command::Dispatcher& dispatcher,
              const Catalogue& catalogue, const Clock& clock,
              const observe::Logger& log = observe::Logger::null());
  ~Coordinator();

  [[nodiscard]] const SagaModel& model() const;
  /// The instance as its journal says at this moment; version 0 when there is none. Throws
  /// `Failure` "saga.unreadable_journal".
  [[nodiscard]] Instance fold(const std::string& instance) const;
  /// As `command::Dispatcher::is_safe`.
  [[nodiscard]] bool is_safe(Position position) const;

  /// Handles an event once: a transition, an ignored or deferred input, or a suspension is
  /// journalled.
  [[nodiscard]] std::unique_ptr<Errand> handle(EventInput input);
  /// Does what is next for an instance that can go on: handle the first pending input, or send the
  /// first open command. Nothing, when there is nothing.
  [[nodiscard]] std::unique_ptr<Errand> drive(std::string instance);
  /// Handles a timer as an input, if it is due and still armed.
  [[nodiscard]] std::unique_ptr<Errand> fire(std::string instance, std::string timer_id);

  /// Journals a person's verb. Problems: "saga.no_such_instance", "saga.not_possible" (says why),
  /// "saga.contended". Blocks for one append: for user threads.
  Result<StreamVersion, Problem> apply(const std::string& instance, const Verb& verb);

  struct Parts;  ///< private; named so that errands can reach it

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::saga
