#include "tidemark/app/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "catalogue_of.hpp"
#include "consumer_reports.hpp"
#include "data_directory.hpp"
#include "fed.hpp"
#include "maintenance.hpp"
#include "operations.hpp"
#include "projection_source.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/feed/dead_letters.hpp"
#include "tidemark/projection/projection_worker.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/saga/coordinator.hpp"
#include "tidemark/saga/delayed_worker.hpp"
#include "tidemark/saga/driver.hpp"
#include "tidemark/saga/input_handler.hpp"
#include "tidemark/saga/reaction_handler.hpp"
#include "tidemark/saga/saga_index.hpp"
#include "tidemark/saga/window_source.hpp"

namespace tidemark::app {

/// Everything that was put together. Later members use earlier ones.
struct Assembly::Parts {
  Parts(const Wiring& wiring_in, const Ground& ground_in, const AssemblyOptions& options_in);

  std::unique_ptr<sqlite::Database> open(const std::string& file) const;
  feed::FeedOptions feed_options(std::string name) const;
  [[nodiscard]] std::unique_ptr<feed::Source> whole_log() const;
  void add_relay();
  void add_dead_letters();
  /// `consumer`: its name for the store; empty when it does not read the log by position.
  void feed(Fed fed, std::string name, std::unique_ptr<feed::Source> source, std::string consumer);
  void add_projections();
  /// Where the live model of a projection lies, asked anew each time.
  [[nodiscard]] std::function<std::optional<saga::LiveModel>()> live_model(
      const std::string& projection) const;
  void add_sagas();
  void add_reactions();
  void add_delayed();
  void add_own();
  void add_operations();
  const intake::IntakeWorker& add_input(Input input);

  const Wiring wiring;
  const Ground ground;
  const AssemblyOptions options;
  const Catalogue catalogue;
  std::unique_ptr<command::Dispatcher> dispatcher;
  std::vector<std::unique_ptr<saga::Coordinator>> coordinators;
  std::vector<std::unique_ptr<sqlite::Database>> files;
  std::vector<Fed> feeds;
  ConsumerReports consumers;
  std::vector<std::unique_ptr<runtime::Worker>> others;
  std::unique_ptr<OperationsPart> operations;
  std::vector<runtime::Worker*> workers;
  // For `next_timer`.
  std::unique_ptr<runtime::Guarded<sqlite::Database>> index;  ///< none without sagas
  std::unique_ptr<runtime::Guarded<sqlite::Database>> delayed;
};

namespace {

constexpr const char* index_file = "sagas.v1.db";

}  // namespace

Assembly::Parts::Parts(const Wiring& wiring_in, const Ground& ground_in,
                       const AssemblyOptions& options_in)
    : wiring(wiring_in),
      ground(ground_in),
      options(options_in),
      catalogue(catalogue_of(wiring_in)),
      dispatcher(std::make_unique<command::Dispatcher>(ground.store, catalogue, deciders_of(wiring),
                                                       ground.clock, ground.random,
                                                       options.dispatcher)),
      consumers(ground.store, ground.machine, options.instance) {
  make_data_directory(ground.directory);
  add_projections();
  add_sagas();
  add_reactions();
  add_delayed();
  add_own();
  if (ground.broker != nullptr && options.publish) add_relay();
  consumers.register_all();
  others.push_back(
      std::make_unique<Maintenance>(Maintenance::Parts{.store = ground.store,
                                                       .clock = ground.machine,
                                                       .consumers = consumers,
                                                       .interval = options.store_poll_interval,
                                                       .metrics = ground.metrics}));
  workers.push_back(others.back().get());
  add_operations();
  if (ground.broker != nullptr) add_dead_letters();
}

void Assembly::Parts::add_relay() {
  auto relayed = options.relay;
  for (const auto& aggregate : wiring.parts().aggregates) {
    relayed.categories.emplace_back(aggregate->category());
  }
  auto relay = std::make_unique<relay::RelayWorker>(
      relayed, relay::RelayWorker::Surroundings{.store = ground.store,
                                                .broker = *ground.broker,
                                                .clock = ground.machine,
                                                .random = ground.random,
                                                .metrics = ground.metrics,
                                                .logger = ground.logger});
  consumers.add_shared("relay/" + relayed.name,
                       [worker = relay.get()] { return Position(worker->report().done); });
  workers.push_back(relay.get());
  others.push_back(std::move(relay));
}

void Assembly::Parts::add_dead_letters() {
  feed::DeadLetterOptions letters{
      .feeds = [this] { return operations->feeds(); },
      .topic_of =
          [map = relay::TopicMap(options.relay.topics)](std::string_view stream) {
            const auto category = stream.substr(0, stream.find('-'));
            const auto topic = map.topic_of(category);
            return topic ? topic->name : map.default_name(category);
          },
      .replication = options.relay.topics.replication};
  others.push_back(
      std::make_unique<feed::DeadLetterWorker>(std::move(letters), *ground.broker, ground.machine));
  workers.push_back(others.back().get());
}

void Assembly::Parts::add_operations() {
  const auto manifest = manifest_of(wiring, catalogue,
                                    {.topics = options.relay.topics,
                                     .publishes = ground.broker != nullptr && options.publish,
                                     .input_time = &ground.clock != &ground.machine,
                                     .durability = ground.store.facts(false).durability,
                                     .directory = ground.directory});
  std::vector<saga::Coordinator*> sagas;
  sagas.reserve(coordinators.size());
  for (const auto& coordinator : coordinators) sagas.push_back(coordinator.get());
  operations = std::make_unique<OperationsPart>(
      ground, manifest,
      OperationsPart::Duties{.sagas = std::move(sagas), .executes = options.instance.empty()});
  if (auto* worker = operations->worker()) workers.push_back(worker);
}

std::unique_ptr<sqlite::Database> Assembly::Parts::open(const std::string& file) const {
  auto database =
      std::make_unique<sqlite::Database>(sqlite::Database::open({.file = ground.directory / file}));
  database->set_pragma("journal_mode", "WAL");
  // What lies here follows from the log: power loss may take the newest commits, never half of one.
  database->set_pragma("synchronous", "NORMAL");
  return database;
}

feed::FeedOptions Assembly::Parts::feed_options(std::string name) const {
  auto feed = options.feed;
  feed.name = std::move(name);
  feed.log = ground.logger;
  return feed;
}

std::unique_ptr<feed::Source> Assembly::Parts::whole_log() const {
  return feed::store_source(ground.store, catalogue, Position());
}

void Assembly::Parts::feed(Fed fed, std::string name, std::unique_ptr<feed::Source> source,
                           std::string consumer) {
  fed.worker = std::make_unique<feed::FeedWorker>(feed_options(std::move(name)), std::move(source),
                                                  *fed.handler, *fed.file, ground.machine);
  workers.push_back(fed.worker.get());
  if (!consumer.empty()) {
    consumers.add(std::move(consumer),
                  [worker = fed.worker.get()] { return worker->checkpoint(); });
  }
  feeds.push_back(std::move(fed));
}

void Assembly::Parts::add_projections() {
  for (const auto& part : wiring.parts().projections) {
    auto worker = std::make_unique<projection::ProjectionWorker>(
        part.make(),
        projection::ProjectionWorkerOptions{
            .folder = {.folder = ground.directory, .elsewhere = ground.read_models},
            .source = source_of(part.model->facts().name, {.wiring = wiring,
                                                           .store = ground.store,
                                                           .catalogue = catalogue,
                                                           .broker = ground.broker,
                                                           .topics = options.topics}),
            .feed = feed_options({}),
            .log = ground.logger},
        ground.machine);
    if (options.topics.names.empty()) {
      auto name = fmt::format("projection/{}", part.model->facts().name);
      auto checkpoint = [reader = worker.get()] { return reader->checkpoint(); };
      if (ground.read_models) {  // one for all processes
        consumers.add_shared(std::move(name), std::move(checkpoint));
      } else {
        consumers.add(std::move(name), std::move(checkpoint));
      }
    }
    workers.push_back(worker.get());
    others.push_back(std::move(worker));
  }
}

std::function<std::optional<saga::LiveModel>()> Assembly::Parts::live_model(
    const std::string& projection) const {
  const auto& projections = wiring.parts().projections;
  if (std::ranges::none_of(
          projections, [&](const auto& part) { return part.model->facts().name == projection; })) {
    throw Failure({.code = "app.unknown_projection",
                   .message = fmt::format("a reaction watches windows of '{}', which is not wired",
                                          projection),
                   .hint = "wire the projection too"});
  }
  const projection::ModelFolder folder{.folder = ground.directory, .elsewhere = ground.read_models};
  // Shared by the copies of the function; the worker that calls it is one thread at a time.
  auto models = std::make_shared<projection::Models>(folder);
  return [models, projection, folder]() -> std::optional<saga::LiveModel> {
    const auto live = models->live(projection);
    if (!live) return std::nullopt;
    return saga::LiveModel{.generation = live->number, .open = [folder, file = live->file] {
                             return folder.open(file, sql::OpenMode::read_only);
                           }};
  };
}

void Assembly::Parts::add_sagas() {
  const auto& sagas = wiring.parts().sagas;
  if (sagas.empty()) return;
  Fed fed{.file = open(index_file)};
  saga::SagaIndex::create(*fed.file);
  fed.handler = std::make_unique<saga::IndexHandler>(ground.store, sagas);
  feed(std::move(fed), "saga index", whole_log(), "index/sagas");
  index = std::make_unique<runtime::Guarded<sqlite::Database>>(std::move(*open(index_file)));
  for (const auto* model : sagas) {
    coordinators.push_back(std::make_unique<saga::Coordinator>(
        *model, ground.store, *dispatcher, catalogue, ground.clock, ground.logger));
    auto& coordinator = *coordinators.back();
    Fed inputs{.file = open(fmt::format("saga.{}.db", model->spec().name)),
               .handler = std::make_unique<saga::InputHandler>(coordinator)};
    const auto& name = model->spec().name;
    feed(std::move(inputs), fmt::format("saga {}", name), whole_log(),
         fmt::format("saga/{}", name));
    files.push_back(open(index_file));
    others.push_back(std::make_unique<saga::Driver>(coordinator, *files.back(), ground.clock));
    workers.push_back(others.back().get());
  }
}

void Assembly::Parts::add_reactions() {
  using Of = saga::ReactionHandler::Of;
  for (const auto& model : wiring.parts().reactions) {
    const auto& spec = model->spec();
    if (!model->events().empty()) {
      const auto start = spec.start == ReactTo::news ? ground.store.high_water() : Position();
      feed({.file = open(fmt::format("reaction.{}.db", spec.name)),
            .handler = std::make_unique<saga::ReactionHandler>(*model, Of::events, *dispatcher)},
           fmt::format("reaction {}", spec.name),
           feed::store_source(ground.store, catalogue, start),
           fmt::format("reaction/{}", spec.name));
    }
    for (const auto& watched : model->windows()) {
      feed({.file = open(fmt::format("reaction.{}.{}.db", spec.name, watched)),
            .handler = std::make_unique<saga::ReactionHandler>(*model, Of::windows, *dispatcher)},
           fmt::format("reaction {} to {}", spec.name, watched),
           saga::window_source({.projection = watched,
                                .live = live_model(watched),
                                .start = spec.start,
                                .store = ground.store}),
           {});
    }
  }
}

void Assembly::Parts::add_delayed() {
  Fed fed{.file = open(saga::delayed_index_file)};
  saga::DelayedIndex::create(*fed.file);
  fed.handler = std::make_unique<saga::DelayedIndexHandler>();
  feed(std::move(fed), "delayed index", whole_log(), "index/delayed");
  delayed = std::make_unique<runtime::Guarded<sqlite::Database>>(
      std::move(*open(saga::delayed_index_file)));
  files.push_back(open(saga::delayed_index_file));
  others.push_back(std::make_unique<saga::DelayedWorker>(
      saga::DelayedWorker::Surroundings{.store = ground.store,
                                        .dispatcher = *dispatcher,
                                        .index = *files.back(),
                                        .clock = ground.clock,
                                        .log = ground.logger}));
  workers.push_back(others.back().get());
}

void Assembly::Parts::add_own() {
  for (const auto& make : wiring.parts().workers) {
    others.push_back(make({.store = ground.store,
                           .dispatcher = *dispatcher,
                           .clock = ground.clock,
                           .machine = ground.machine,
                           .random = ground.random,
                           .logger = ground.logger}));
    workers.push_back(others.back().get());
  }
}

const intake::IntakeWorker& Assembly::Parts::add_input(Input input) {
  if (wiring.parts().make_mapper == nullptr) {
    throw Failure({.code = "app.no_mapper",
                   .message = "there is an input, and nothing in the wiring understands its lines",
                   .hint = "wire a mapper: .input<MyLines>(), or take the input away"});
  }
  files.push_back(open(intake::progress_file_name(input.name)));
  auto worker = std::make_unique<intake::IntakeWorker>(
      intake::IntakeOptions{.name = std::move(input.name)}, std::move(input.source),
      wiring.parts().make_mapper(),
      intake::IntakeWorker::Surroundings{.store = ground.store,
                                         .dispatcher = *dispatcher,
                                         .file = *files.back(),
                                         .clock = ground.clock,
                                         .random = ground.random,
                                         .gate = input.gate,
                                         .metrics = ground.metrics,
                                         .logger = ground.logger});
  const auto& added = *worker;
  workers.push_back(worker.get());
  others.push_back(std::move(worker));
  return added;
}

Assembly::Assembly(const Wiring& wiring, const Ground& ground, const AssemblyOptions& options)
    : parts_(std::make_unique<Parts>(wiring, ground, options)) {}

Assembly::~Assembly() = default;

const Catalogue& Assembly::catalogue() const { return parts_->catalogue; }

command::Dispatcher& Assembly::dispatcher() { return *parts_->dispatcher; }

const std::vector<runtime::Worker*>& Assembly::workers() const { return parts_->workers; }

const intake::IntakeWorker& Assembly::add_input(Input input) {
  return parts_->add_input(std::move(input));
}

std::optional<UtcTime> Assembly::next_timer() const {
  std::optional<UtcTime> next;
  {
    auto delayed = parts_->delayed->lock();
    next = saga::DelayedIndex(*delayed).next_due();
  }
  if (!parts_->index) return next;
  auto index = parts_->index->lock();
  const auto timer = saga::SagaIndex(*index).next_due();
  return next && timer ? std::min(*next, *timer) : timer ? timer : next;
}

}  // namespace tidemark::app
