#include "operations_host.hpp"

#include <algorithm>

#include "catalogue_of.hpp"
#include "ground_of.hpp"
#include "operations.hpp"
#include "projection_source.hpp"
#include "tidemark/app/application.hpp"
#include "tidemark/app/settings.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/projection/projection_worker.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::app {
namespace {

/// Carries operations out without the application's workers: those go on with it when they run.
class LocalOperations final : public admin::OperationTarget {
 public:
  LocalOperations(const Wiring& wiring, store::StoreEngine& log, const runtime::Config& config)
      : wiring_(wiring),
        catalogue_(catalogue_of(wiring)),
        dispatcher_(log, catalogue_, deciders_of(wiring), clock_, random_),
        site_(log, clock_,
              {.directory = config.text("data.directory"),
               .read_models = open_read_models(wiring, config)}) {
    std::vector<saga::Coordinator*> sagas;
    for (const auto* model : wiring.parts().sagas) {
      coordinators_.push_back(
          std::make_unique<saga::Coordinator>(*model, log, dispatcher_, catalogue_, clock_));
      sagas.push_back(coordinators_.back().get());
    }
    operations_.emplace(site_, clock_, std::move(sagas));
  }

  std::optional<admin::OperationOutcome> execute(const admin::Operation& operation) override {
    return operations_->execute(operation);
  }

 private:
  const Wiring wiring_;
  const SystemClock clock_;
  SystemRandom random_;
  const Catalogue catalogue_;
  command::Dispatcher dispatcher_;
  std::vector<std::unique_ptr<saga::Coordinator>> coordinators_;
  const admin::Site site_;
  std::optional<admin::Operations> operations_;
};

/// One projection, fed in this process.
class LocalProjection final : public runtime::Worker {
 public:
  LocalProjection(const Wiring& wiring, const Wiring::ProjectionPart& part, store::StoreEngine& log,
                  const runtime::Config& config)
      : catalogue_(catalogue_of(wiring)),
        broker_(open_broker(config)),
        topics_(assembly_options(config).topics),
        worker_(part.make(),
                {.folder = {.folder = config.text("data.directory"),
                            .elsewhere = open_read_models(wiring, config)},
                 .source = source_of(part.model->facts().name, {.wiring = wiring,
                                                                .store = log,
                                                                .catalogue = catalogue_,
                                                                .broker = broker_.get(),
                                                                .topics = topics_})},
                clock_) {}

  [[nodiscard]] const std::string& name() const override { return worker_.name(); }
  runtime::Step step() override { return worker_.step(); }
  [[nodiscard]] runtime::WorkerReport report() const override { return worker_.report(); }
  void stop() noexcept override { worker_.stop(); }

 private:
  const SystemClock clock_;
  const Catalogue catalogue_;
  const std::unique_ptr<kafka::Broker> broker_;
  const ProjectionTopics topics_;
  projection::ProjectionWorker worker_;
};

}  // namespace

std::vector<Problem> OperationsHost::configure(const Launch& launch) {
  runtime::ConfigSources sources{.environment = runtime::process_environment(),
                                 .flags = launch.settings};
  if (!launch.config_file.empty()) {
    auto file = runtime::read_config_file(launch.config_file);
    if (!file) return {file.error()};
    sources.file = *std::move(file);
  }
  auto config = runtime::Config::load(config_schema(), sources);
  if (!config) return config.error();
  config_ = *std::move(config);
  return {};
}

std::string OperationsHost::log_name() const { return store_name(*config_); }

std::filesystem::path OperationsHost::directory() const { return config_->text("data.directory"); }

std::filesystem::path OperationsHost::signing_key_file() const {
  return config_->text("store.signing_key_file");
}

admin::Report OperationsHost::configuration() const {
  admin::Table table{.name = "settings", .columns = {"name", "value", "origin"}, .rows = {}};
  for (const auto& entry : config_->entries()) {
    table.rows.push_back({entry.name, entry.value, entry.origin});
  }
  return admin::Report().add(std::move(table));
}

admin::Manifest OperationsHost::manifest() const {
  return manifest_of(wiring_, catalogue_of(wiring_),
                     {.topics = assembly_options(*config_).relay.topics,
                      .publishes = !config_->text("kafka.bootstrap_servers").empty() &&
                                   config_->boolean("kafka.publish"),
                      .input_time = config_->text("clock.source") == "input",
                      .durability = store_durability(*config_),
                      .directory = config_->text("data.directory")});
}

std::shared_ptr<sql::Place> OperationsHost::read_models() const {
  // A URL that nothing opens is refused where the application starts.
  return wiring_.parts().read_models == nullptr ? nullptr : open_read_models(wiring_, *config_);
}

std::unique_ptr<kafka::Broker> OperationsHost::broker() { return open_broker(*config_); }

int OperationsHost::run() { return Application(wiring_, *config_, engines_).run(signals_); }

std::unique_ptr<admin::OperationTarget> OperationsHost::operations(store::StoreEngine& log) {
  const auto& instance = config_->text("run.instance");
  if (!instance.empty()) {
    throw Failure({.code = "operation.other_process",
                   .message = "operations are for the process without run.instance, and this one "
                              "is " +
                              instance,
                   .hint = "ask with the configuration of that process"});
  }
  return std::make_unique<LocalOperations>(wiring_, log, *config_);
}

std::unique_ptr<runtime::Worker> OperationsHost::projection(const std::string& name,
                                                            store::StoreEngine& log) {
  const auto& projections = wiring_.parts().projections;
  const auto found = std::ranges::find_if(
      projections, [&](const auto& part) { return part.model->facts().name == name; });
  if (found == projections.end()) return nullptr;
  return std::make_unique<LocalProjection>(wiring_, *found, log, *config_);
}

}  // namespace tidemark::app
