#include "tidemark/app/application.hpp"

#include <fmt/format.h>

#include <atomic>
#include <optional>

#include "endpoints.hpp"
#include "ground_of.hpp"
#include "operations_status.hpp"
#include "quiet.hpp"
#include "tidemark/app/assembly.hpp"
#include "tidemark/app/input_gate.hpp"
#include "tidemark/runtime/health_monitor.hpp"
#include "tidemark/runtime/signals.hpp"
#include "tidemark/runtime/worker_host.hpp"

namespace tidemark::app {
namespace {

constexpr auto watch_interval = std::chrono::milliseconds(200);

}  // namespace

struct Application::Parts {
  Parts(const Wiring& wiring, const runtime::Config& config_in);

  void watch_health();
  void print_progress();
  [[nodiscard]] bool input_is_done() const;

  const runtime::Config config;
  Surroundings ground;  ///< clock, randomness, log, metrics, store, broker
  runtime::Wakeup wakeup;
  store::Listening listening;
  Assembly assembly;
  Quiet quiet;
  observe::Health health;
  runtime::HealthMonitor monitor;
  OperationsStatus status;
  std::atomic<bool> ready{false};
  bool failed = false;
  Endpoints endpoints;
  std::unique_ptr<http::Server> server;
  runtime::WorkerHost host;
};

Application::Parts::Parts(const Wiring& wiring, const runtime::Config& config_in)
    : config(config_in),
      ground(config),
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
  if (config.boolean("http.enabled")) {
    server = http::Server::listen(
        {.address = config.text("http.address"),
         .port = static_cast<std::uint16_t>(config.integer("http.port"))},
        [this](const http::Request& request) { return endpoints.answer(request); });
  }
}

Application::Application(const Wiring& wiring, const runtime::Config& config)
    : parts_(std::make_unique<Parts>(wiring, config)) {}

Application::~Application() = default;

std::uint16_t Application::http_port() const {
  return parts_->server ? parts_->server->port() : std::uint16_t{0};
}

void Application::Parts::watch_health() {
  const auto reports = host.reports();
  runtime::record(ground.metrics, reports);
  failed = false;
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
        failed = true;
        break;
    }
  }
}

int Application::run(runtime::Signals& signals) {
  auto& parts = *parts_;
  for (auto* worker : parts.assembly.workers()) {
    if (counts_for_quiet(*worker)) parts.quiet.watch(worker->name());
    parts.host.add(*worker);
  }
  if (parts.server) parts.host.add(*parts.server);
  parts.ready = true;
  parts.ground.logger.info("app.started", {{"store", to_string(parts.ground.store->store_id())},
                                           {"position", parts.ground.store->high_water().value()},
                                           {"http_port", http_port()}});
  while (!signals.wait(watch_interval)) parts.watch_health();
  parts.watch_health();
  parts.ready = false;
  const auto hanging = parts.host.drain(parts.config.duration("run.drain_timeout"));
  for (const auto& worker : hanging) {
    parts.ground.logger.error("app.worker_hangs", "look at what it waits for; the process ends",
                              {{"worker", worker}});
  }
  parts.ground.logger.info("app.stopped", {{"position", parts.ground.store->high_water().value()}});
  return parts.failed || !hanging.empty() ? 1 : 0;
}

}  // namespace tidemark::app
