#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/intake/line_mapper.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/runtime/time_gate.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::intake {

struct IntakeOptions {
  /// The source's name for ever, 1 to 190 bytes: mismatches go to stream "intake-<name>" under ids
  /// that follow from it.
  std::string name = "input";
  std::uint64_t lines_per_step = 2048;
  /// Facts that are handed in and not acknowledged; when there are so many, no line is read.
  std::uint64_t facts_in_flight_max = 4096;
  /// Commands likewise. With 1, no line overtakes a command, not even one that lost a race.
  std::uint64_t commands_in_flight_max = 256;
};

/// The outside world's entry: lines become facts and commands, in the order of the source.
///
/// *At least once, counted once.* The place in the source is remembered, in intake's own file, when
/// everything before it is stored and answered; after a crash lines behind it are read again, and
/// ids that follow from the lines make events, commands and mismatches come once.
///
/// *Order.* Facts are stored in the order of their lines, and a command behind the facts before it.
/// Commands to different streams go out together, in order; a line waits for the command before it
/// on its stream. A command that lost a race against another writer is decided again, and lines
/// handed in meanwhile are then before it, unless `commands_in_flight_max` is 1.
///
/// *Back pressure.* What is in flight is bounded; when it is full, nothing is read.
///
/// *Time.* With a gate, a line is handled when the gate admits its event time. The gate must ask
/// `settled()` before it takes everything for done.
///
/// Failures: "store.diverged" (the log lacks what the file says was stored), "intake.other_input",
/// "intake.command_not_taken" (a command that no aggregate takes), "intake.refused" (the store or
/// the dispatcher refused what the mapper made), and those of source and store. After a failure the
/// same step may be taken again: what was in flight is handed in again under its own ids.
class IntakeWorker final : public runtime::Worker {
 public:
  /// What it works with; all of it must outlive the worker. `file` is used by it alone.
  struct Surroundings {
    store::EventStore& store;
    command::Dispatcher& dispatcher;
    sqlite::Database& file;
    const Clock& clock;
    Random& random;
    runtime::TimeGate* gate = nullptr;    ///< none: time does not come from the input
    observe::Metrics* metrics = nullptr;  ///< none: nothing is counted there
    observe::Logger logger = observe::Logger::null();
  };

  /// Creates the file's tables and registers the types of facts with the store.
  IntakeWorker(IntakeOptions options, std::unique_ptr<LineSource> source,
               std::unique_ptr<LineMapper> mapper, const Surroundings& around);
  ~IntakeWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override;
  /// Waits for nobody: what is not acknowledged is read again by the next process.
  void stop() noexcept override;

  /// The source is at its end, and everything is acknowledged and remembered. Safe from any thread.
  [[nodiscard]] bool done() const;
  /// The last step found nothing under way and handed nothing in: all that was read before it is in
  /// the log. Safe from any thread.
  [[nodiscard]] bool settled() const;
  /// As they stand in the file. Safe from any thread.
  [[nodiscard]] Counts counts() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::intake
