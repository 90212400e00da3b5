#include "tidemark/testing/simulation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "tidemark/projection/models.hpp"
#include "tidemark/projection/row_reader.hpp"
#include "tidemark/schema/catalogue.hpp"

namespace tidemark::testing {
namespace {

std::filesystem::path new_folder(std::uint64_t seed) {
  static std::atomic<std::uint64_t> made{0};
  const auto base = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                        : std::filesystem::temp_directory_path();
  const auto folder = base / fmt::format("tidemark-simulation-{}-{}-{}", getpid(), seed, ++made);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

/// What outlives a restart comes first, what a restart makes anew comes last.
struct Simulation::World {
  World(Wiring wiring_in, std::uint64_t seed_in, SimulationOptions options_in)
      : wiring(std::move(wiring_in)),
        options(options_in),
        folder(new_folder(seed_in)),
        clock(options_in.start),
        scheduler(seed_in),
        random(seed_in + 1),
        broker(kafka::LoopbackBroker::create(clock)) {
    start();
  }
  ~World() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void start() {
    store = store::SqliteStore::open({.file = folder / "tidemark.db"}, clock, random);
    assembly.emplace(wiring, app::Ground{.store = *store,
                                         .clock = clock,
                                         .machine = clock,
                                         .random = random,
                                         .directory = folder,
                                         .broker = broker.get()});
    wake_at.assign(assembly->workers().size(), Micros(0));
    idle = 0;
  }
  void stop() {
    assembly.reset();
    store.reset();
  }

  const Wiring wiring;
  const SimulationOptions options;
  const std::filesystem::path folder;
  ManualClock clock;
  SeededRandom scheduler;
  SeededRandom random;
  std::unique_ptr<kafka::LoopbackBroker> broker;
  std::uint64_t steps = 0, restarts = 0, commands = 0;
  bool restarts_allowed = true;
  // Of the process that runs now.
  std::unique_ptr<store::SqliteStore> store;
  std::optional<app::Assembly> assembly;
  std::vector<Micros> wake_at;  ///< monotonic: a worker that waits is not stepped before
  std::uint64_t idle = 0;       ///< steps in a row that found nothing
};

Simulation::Simulation(Wiring wiring, std::uint64_t seed, SimulationOptions options)
    : world_(std::make_unique<World>(std::move(wiring), seed, options)) {}

Simulation::~Simulation() = default;

void Simulation::restart() {
  world_->stop();
  ++world_->restarts;
  world_->start();
}

bool Simulation::step() {
  auto& world = *world_;
  ++world.steps;
  world.clock.advance(world.options.step_time);
  if (world.restarts_allowed && world.options.restart_one_in > 0 &&
      world.scheduler.below(world.options.restart_one_in) == 0) {
    restart();
    return true;
  }
  const auto& workers = world.assembly->workers();
  const auto chosen = world.scheduler.below(workers.size());
  if (world.wake_at[chosen] > world.clock.monotonic()) return false;
  runtime::Step step;
  try {
    step = workers[chosen]->step();
  } catch (const Failure& failure) {
    if (!failure.retryable()) throw;
    step = runtime::Step::wait(std::chrono::milliseconds(10));
  }
  if (step.did == runtime::Step::Did::waiting && step.wake_after) {
    world.wake_at[chosen] = world.clock.monotonic() + *step.wake_after;
  }
  return step.did != runtime::Step::Did::nothing && step.did != runtime::Step::Did::finished;
}

void Simulation::settle(std::uint64_t steps_max) {
  auto& world = *world_;
  // By chance a worker can be left out for long: many idle steps in a row make that improbable.
  const auto enough = world.assembly->workers().size() * 20;
  world.idle = 0;
  for (std::uint64_t taken = 0; world.idle < enough; ++taken) {
    if (taken >= steps_max) throw std::runtime_error("the application does not come to rest");
    world.idle = step() ? 0 : world.idle + 1;
  }
}

void Simulation::catch_up() {
  auto& world = *world_;
  world.restarts_allowed = false;
  constexpr int seconds_max = 600;
  for (int second = 0;; ++second) {
    settle();
    const auto& workers = world.assembly->workers();
    const auto behind = std::ranges::find_if(workers, [](const runtime::Worker* worker) {
      const auto report = worker->report();
      return report.done < report.tail;
    });
    if (behind == workers.end()) break;
    if (second == seconds_max) {
      throw std::runtime_error("worker '" + (*behind)->name() + "' does not catch up");
    }
    world.clock.advance(std::chrono::seconds(1));
  }
  world.restarts_allowed = true;
}

command::Outcome Simulation::send(const google::protobuf::Message& command) {
  auto& world = *world_;
  SeededRandom of_command(++world.commands);
  const CommandId id(Uuid::version7(world.options.start, of_command));
  const command::CommandMessage message{.type = command.GetDescriptor()->full_name(),
                                        .data = serialize(command),
                                        .options = {.id = id}};
  for (;;) {
    const auto restarts = world.restarts;
    auto pending = world.assembly->dispatcher().submit(message);
    while (world.restarts == restarts) {
      if (auto outcome = pending.poll()) {
        if (*outcome) return **outcome;
        if (outcome->error().code != "command.contended") {
          throw std::runtime_error(to_string(outcome->error()));
        }
        break;
      }
      static_cast<void>(step());
    }
    // The process went away before the answer: a client sends the same command again.
  }
}

CommandId Simulation::schedule(const google::protobuf::Message& command, UtcTime due) {
  auto& world = *world_;
  SeededRandom of_command(++world.commands);
  const CommandId id(Uuid::version7(world.options.start, of_command));
  const auto scheduled = dispatcher().schedule(command, due, {.id = id});
  if (!scheduled) throw std::runtime_error(to_string(scheduled.error()));
  return id;
}

command::Dispatcher& Simulation::dispatcher() { return world_->assembly->dispatcher(); }

void Simulation::fact(const StreamId& stream, const google::protobuf::Message& event) {
  auto& world = *world_;
  SeededRandom of_fact(++world.commands);
  NewEvent fact{.event_id = EventId(Uuid::version7(world.options.start, of_fact)),
                .type = event.GetDescriptor()->full_name(),
                .data = serialize(event),
                .event_time = world.clock.now(),
                .ingested_at = world.clock.now()};
  store::Append append{.id = AppendId(fact.event_id.uuid()),
                       .streams = {{.stream = stream, .events = {std::move(fact)}}}};
  if (!world.store->append(std::move(append))) throw std::runtime_error("the fact was refused");
}

void Simulation::advance(Micros duration) {
  auto& world = *world_;
  const auto until = world.clock.now() + duration;
  for (;;) {
    settle();
    const auto timer = world.assembly->next_timer();
    if (world.clock.now() >= until) return;
    const bool ahead = timer && *timer > world.clock.now() && *timer < until;
    world.clock.advance_to(ahead ? *timer : until);
  }
}

void Simulation::visit_rows(
    const projection::ProjectionModel& model,
    const std::function<void(const google::protobuf::Message& row)>& visit) const {
  const auto& name = model.facts().name;
  const projection::Models models({.folder = world_->folder}, sqlite::OpenMode::read_only);
  const auto live = models.live(name);
  if (!live) throw std::runtime_error("read model '" + name + "' is not live");
  auto file = models.folder().open(live->file, sqlite::OpenMode::read_only);
  projection::read_rows(*file, model, [&](const google::protobuf::Message& row) {
    visit(row);
    return true;
  });
}

ManualClock& Simulation::clock() { return world_->clock; }
store::SqliteStore& Simulation::store() { return *world_->store; }
kafka::LoopbackBroker& Simulation::broker() { return *world_->broker; }
const std::filesystem::path& Simulation::directory() const { return world_->folder; }
std::uint64_t Simulation::steps() const { return world_->steps; }
std::uint64_t Simulation::restarts() const { return world_->restarts; }

}  // namespace tidemark::testing
