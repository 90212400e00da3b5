#include "tidemark/app/application.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <optional>

#include "contradictions.hpp"
#include "endpoints.hpp"
#include "ground_of.hpp"
#include "operations_status.hpp"
#include "progress_line.hpp"
#include "quiet.hpp"
#include "tidemark/app/assembly.hpp"
#include "tidemark/app/input_gate.hpp"
#include "tidemark/runtime/health_monitor.hpp"
#include "tidemark/runtime/signals.hpp"
#include "tidemark/runtime/worker_host.hpp"

namespace tidemark::app {
namespace {

constexpr auto watch_interval = std::chrono::milliseconds(200);

/// Whether a worker's work is the application's: what publishes, tidies and serves is not waited
/// for.
bool counts_for_quiet(const runtime::Worker& worker) {
  const auto& name = worker.name();
  return !name.starts_with("relay") && !name.starts_with("store") && !name.starts_with("http") &&
         !name.starts_with("operations");
}

}  // namespace

struct Application::Parts {
  Parts(const Wiring& wiring, const runtime::Config& config_in, const store::Engines& engines);

  int run(runtime::Signals& signals);
  [[nodiscard]] std::unique_ptr<http::Server> open_server();
  void open_input();
  void start_workers();
  void watch_health();
  /// Whether a worker has given up; one that only waits, for a broker say, has not.
  [[nodiscard]] bool has_failed_worker() const;
  /// The input is at its end, and what it caused is done and published.
  [[nodiscard]] bool everything_is_done();

  const runtime::Config config;
  std::unique_ptr<http::Server> server;  ///< before all else: a port that is taken leaves no files
  Surroundings ground;                   ///< clock, randomness, log, metrics, store, broker
  runtime::Wakeup wakeup;
  store::Listening listening;
  Assembly assembly;
  Quiet quiet;
  std::optional<InputGate> gate;
  const intake::IntakeWorker* intake = nullptr;
  observe::Health health;
  runtime::HealthMonitor monitor;
  OperationsStatus status;
  std::atomic<bool> ready{false};
  std::optional<runtime::WorkerVerdict> failed;  ///< the first worker that is red
  Endpoints endpoints;
  runtime::WorkerHost host;
};

Application::Parts::Parts(const Wiring& wiring, const runtime::Config& config_in,
                          const store::Engines& engines)
    : config((refuse_contradictions(wiring, config_in, engines), config_in)),
      server(open_server()),
      ground(wiring, config, engines),
      listening(ground.store->listen([this] { wakeup.notify(); })),
      assembly(wiring, ground.ground(), assembly_options(config)),
      health(ground.system_clock),
      monitor({.interval = config.duration("health.interval")}),
      status(ground.directory, ground.system_clock),
      endpoints{.health = health, .metrics = ground.metrics, .ready = ready},
      host({.clock = ground.system_clock,
            .random = ground.random,
            .wakeup = wakeup,
            .log = ground.logger,
            .metrics = ground.metrics},
           {.after_step = [this](const runtime::StepTaken& taken) { quiet.after_step(taken); }}) {
  open_input();
}

/// Needs the configuration only; what it answers from is there when it is first asked.
std::unique_ptr<http::Server> Application::Parts::open_server() {
  if (!config.boolean("http.enabled")) return nullptr;
  return http::Server::listen(
      {.address = config.text("http.address"),
       .port = static_cast<std::uint16_t>(config.integer("http.port"))},
      [this](const http::Request& request) { return endpoints.answer(request); });
}

void Application::Parts::open_input() {
  auto source = app::open_input(config, ground.broker.get());
  if (!source) return;
  if (ground.input_clock) {
    gate.emplace(*ground.input_clock,
                 InputGate::Options{.tick = config.duration("clock.tick"),
                                    .quiet =
                                        [this] {
                                          if (!intake->settled()) return false;
                                          if (quiet.is_quiet()) return true;
                                          wakeup.notify();  // who has nothing to do shall say so
                                          return false;
                                        },
                                    .next_timer = [this] { return assembly.next_timer(); },
                                    .moved =
                                        [this] {
                                          quiet.disturb();
                                          wakeup.notify();
                                        }});
  }
  intake = &assembly.add_input({.name = config.text("input.name"),
                                .source = std::move(source),
                                .gate = gate ? &*gate : nullptr});
}

bool Application::Parts::has_failed_worker() const {
  return std::ranges::any_of(host.reports(), [](const runtime::WorkerReport& report) {
    return report.state == runtime::WorkerState::failed;
  });
}

bool Application::Parts::everything_is_done() {
  if (intake == nullptr || !intake->done()) return false;
  if (!quiet.is_quiet()) {
    wakeup.notify();  // who has nothing to do shall say so
    return false;
  }
  const auto reports = host.reports();
  return std::ranges::none_of(reports, [](const runtime::WorkerReport& report) {
    return report.name.starts_with("relay") && report.done < report.tail;
  });
}

Application::Application(const Wiring& wiring, const runtime::Config& config,
                         const store::Engines& engines)
    : parts_(std::make_unique<Parts>(wiring, config, engines)) {}

Application::~Application() = default;

std::uint16_t Application::http_port() const {
  return parts_->server ? parts_->server->port() : std::uint16_t{0};
}

void Application::Parts::watch_health() {
  const auto reports = host.reports();
  runtime::record(ground.metrics, reports);
  failed.reset();
  const auto verdicts = monitor.observe(ground.system_clock.monotonic(), reports);
  status.look(verdicts, server ? server->port() : std::uint16_t{0});
  for (const auto& verdict : verdicts) {
    switch (verdict.state) {
      case observe::HealthState::ok:
        health.set_ok(verdict.worker);
        break;
      case observe::HealthState::degraded:
        health.set_degraded(verdict.worker, verdict.problem.value_or(Problem()));
        break;
      case observe::HealthState::failed:
        health.set_failed(verdict.worker, verdict.problem.value_or(Problem()));
        if (!failed) failed = verdict;
        break;
    }
  }
}

void Application::Parts::start_workers() {
  for (auto* worker : assembly.workers()) {
    if (worker == intake) {
      quiet.watch_source(worker->name());
    } else if (counts_for_quiet(*worker)) {
      quiet.watch(worker->name());
    }
  }
  for (auto* worker : assembly.workers()) host.add(*worker);
  if (server) host.add(*server);
  ready = true;
}

int Application::run(runtime::Signals& signals) {
  auto& parts = *parts_;
  try {
    return parts.run(signals);
  } catch (const Failure& failure) {
    parts.ground.logger.error("app.failed", failure);
  } catch (const std::exception& error) {
    parts.ground.logger.error("app.failed", "report this with the log; durable state is whole",
                              {{"why", std::string_view(error.what())}});
  }
  return 1;
}

int Application::Parts::run(runtime::Signals& signals) {
  start_workers();
  ground.logger.info("app.started", {{"store", to_string(ground.store->store_id())},
                                     {"position", ground.store->high_water().value()},
                                     {"http_port", server ? server->port() : std::uint16_t{0}}});
  const bool exit_at_end = config.boolean("input.exit_at_end");
  ProgressLine progress(config.boolean("run.progress"), ground.system_clock);
  bool ended = false;
  while (!ended && !signals.wait(watch_interval)) {
    watch_health();
    progress.show({.intake = intake, .time = ground.clock().now(), .reports = host.reports()});
    ended = exit_at_end && (failed || everything_is_done());
  }
  if (ended && failed) {
    ground.logger.error("app.ends_early", failed->problem.value_or(Problem()),
                        {{"worker", failed->worker}});
  }
  watch_health();
  const bool went_wrong = (ended && failed) || has_failed_worker();
  ready = false;
  const auto hanging = host.drain(config.duration("run.drain_timeout"));
  progress.finish();
  for (const auto& worker : hanging) {
    ground.logger.error("app.worker_hangs", "look at what it waits for; the process ends",
                        {{"worker", worker}});
  }
  ground.logger.info("app.stopped", {{"position", ground.store->high_water().value()}});
  if (!hanging.empty()) std::_Exit(1);  // its thread would be waited for, for ever
  return went_wrong ? 1 : 0;
}

}  // namespace tidemark::app
