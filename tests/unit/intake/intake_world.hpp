#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "faulty_store.hpp"
#include "memory_file.hpp"
#include "tidemark/intake/intake_worker.hpp"
#include "tidemark/intake/v1/mismatch.pb.h"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"
#include "words.hpp"

namespace tidemark::intake {

inline std::ostream& operator<<(std::ostream& out, const Counts& counts) {
  out << counts.lines << " lines: " << counts.blank << " blank, " << counts.time_only
      << " time only, facts " << counts.facts_stored << " stored, " << counts.facts_repeated
      << " repeated, commands " << counts.commands_accepted << " accepted, "
      << counts.commands_nothing << " nothing, " << counts.commands_rejected << " rejected, "
      << counts.commands_failed << " failed, " << counts.commands_repeated << " repeated";
  for (const auto& [reason, count] : counts.mismatches) out << ", " << count << ' ' << reason;
  return out;
}

}  // namespace tidemark::intake

namespace intake_test {

using namespace tidemark;
using Texts = std::vector<std::string>;

inline std::ostream& operator<<(std::ostream& out, const Texts& texts) {
  for (const auto& text : texts) out << text << "; ";
  return out;
}

/// What outlives a process: files and time.
struct Ground {
  Ground() {
    for (const auto* model : {&*counter, &*fuse}) {
      for (const auto* event : (*model).events()) catalogue.add(*event);
    }
    catalogue.upcasts<counter::v1::AddedV1>();
    catalogue.add<intake::v1::SchemaMismatch>();
  }
  std::unique_ptr<store::SqliteStore> open_store() {
    SeededRandom random(++processes);
    return store::SqliteStore::open(
        {.file = "store.db", .durability = durability, .vfs = files.vfs()}, clock, random);
  }
  sqlite::Database open_file() {
    return sqlite::Database::open(
        {.file = "intake.db", .busy_timeout = Micros(0), .vfs = files.vfs(), .area = "intake"});
  }

  ManualClock clock{UtcTime::from_micros(1'800'000'000'000'000)};
  std::uint64_t processes = 0;  ///< each has randomness of its own
  store::Durability durability = store::Durability::full;
  sqlite::MemoryFiles files;
  std::unique_ptr<const command::AggregateModel> counter =
      command::aggregate_model<counter::v1::Counter>();
  std::unique_ptr<const command::AggregateModel> fuse = command::aggregate_model<fuse::Fuse>();
  Catalogue catalogue;
};

/// A process that reads an input. When it goes, what it had in memory goes.
class Process {
 public:
  Process(Ground& ground, std::unique_ptr<intake::LineSource> source,
          intake::IntakeOptions options = {}, runtime::TimeGate* gate = nullptr)
      : ground_(ground),
        random_(++ground.processes),
        sqlite_(ground.open_store()),
        store(*sqlite_),
        dispatcher(store, ground.catalogue, {ground.counter.get(), ground.fuse.get()}, ground.clock,
                   random_),
        file_(ground.open_file()),
        worker(std::move(options), std::move(source), std::make_unique<Words>(),
               {.store = store,
                .dispatcher = dispatcher,
                .file = file_,
                .clock = ground.clock,
                .random = random_,
                .gate = gate,
                .metrics = &metrics,
                .logger = observe::Logger(log_sink, ground.clock)}) {}

  /// One step, and the time that it wants to pass.
  runtime::Step step() {
    const auto step = worker.step();
    ground_.clock.advance(step.wake_after.value_or(Micros(10)));
    return step;
  }
  /// Steps until all lines are done; retries what may be retried, as a host does.
  void run(int steps_max = 10'000) {
    for (int steps = 0; !worker.done(); ++steps) {
      REQUIRE(steps < steps_max);
      try {
        step();
      } catch (const Failure& failure) {
        INFO(failure.what());
        REQUIRE(failure.retryable());
        ++failures;
      }
    }
  }
  /// Steps until there is nothing to do.
  void settle(int steps_max = 10'000) {
    for (int idle = 0, steps = 0; idle < 5; ++steps) {
      REQUIRE(steps < steps_max);
      idle = step().did == runtime::Step::Did::nothing ? idle + 1 : 0;
    }
  }
  std::vector<RecordedEvent> events() {
    std::vector<RecordedEvent> all;
    sqlite_->read({.limit = 1'000'000}, [&](const EventView& event) {
      all.emplace_back(event);
      return true;
    });
    return all;
  }
  /// The log, an event each: "traffic-a Added 7".
  Texts log() {
    Texts all;
    for (const auto& event : events()) {
      auto text = std::string(event.metadata().stream);
      text.append(" ").append(event.type().substr(event.type().rfind('.') + 1));
      counter::v1::Added added;
      if (event.type() == "counter.v1.Added" &&
          added.ParseFromArray(event.data().data(), static_cast<int>(event.data().size()))) {
        text += " " + std::to_string(added.amount());
      }
      all.push_back(std::move(text));
    }
    return all;
  }
  std::vector<intake::v1::SchemaMismatch> mismatches() {
    std::vector<intake::v1::SchemaMismatch> all;
    for (const auto& event : events()) {
      if (event.metadata().category() != "intake") continue;
      REQUIRE(all.emplace_back().ParseFromArray(event.data().data(),
                                                static_cast<int>(event.data().size())));
    }
    return all;
  }
  /// Newest first.
  std::vector<intake::RefusedCommand> refused(std::uint64_t limit = 100'000) {
    auto file = ground_.open_file();
    auto refused = intake::refused_in(file, {.limit = limit});
    std::ranges::reverse(refused);
    return refused;
  }
  intake::Counts counts() { return worker.counts(); }
  /// The store's own upkeep: under `normal` durability it syncs.
  bool maintain() { return sqlite_->maintain(); }

 private:
  Ground& ground_;
  SeededRandom random_;
  std::unique_ptr<store::SqliteStore> sqlite_;

 public:
  FaultyStore store;
  command::Dispatcher dispatcher;

 private:
  sqlite::Database file_;

 public:
  observe::Metrics metrics;
  std::shared_ptr<observe::CapturingSink> log_sink = std::make_shared<observe::CapturingSink>();
  intake::IntakeWorker worker;
  int failures = 0;
};

/// A process that has read all of a file.
inline std::unique_ptr<Process> read(Ground& ground, const MemoryFile& file,
                                     intake::IntakeOptions options = {}) {
  auto process = std::make_unique<Process>(ground, intake::file_source({.file = file.path()}),
                                           std::move(options));
  process->run();
  return process;
}

}  // namespace intake_test
