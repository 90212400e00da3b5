#include "ground_of.hpp"

#include "data_directory.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/observe/log_sink.hpp"

namespace tidemark::app {
namespace {

observe::Logger open_logger(const runtime::Config& config, const Clock& clock) {
  auto sink =
      observe::open_log({.format = config.text("log.format") == "json" ? observe::LogFormat::json
                                                                       : observe::LogFormat::text,
                         .file = config.text("log.file")});
  if (!sink) {
    const auto& problem = sink.error();
    throw Failure({.code = problem.code, .message = problem.message, .hint = problem.hint});
  }
  return observe::Logger(*sink, clock, *observe::parse_level(config.text("log.level")));
}

/// The time that an earlier process came to, as far as it left a trace.
UtcTime newest_time(store::EventStore& store) {
  UtcTime newest;
  store.read({.direction = store::Direction::backward, .limit = 1}, [&](const EventView& event) {
    newest = event.metadata.recorded_at;
    return true;
  });
  return newest;
}

}  // namespace

std::uint64_t event_size_max(const runtime::Config& config) {
  return static_cast<std::uint64_t>(config.size_bytes("store.event_size_max"));
}

std::map<std::string, std::string> broker_settings(const runtime::Config& config) {
  constexpr std::uint64_t client_bytes_max = 1'000'000;  // librdkafka's own message.max.bytes
  auto settings = config.map("kafka.settings");
  const auto bytes_max = relay::record_bytes_max(event_size_max(config));
  if (bytes_max > client_bytes_max) {
    settings.try_emplace("message.max.bytes", std::to_string(bytes_max));
  }
  return settings;
}

std::unique_ptr<kafka::Broker> open_broker(const runtime::Config& config,
                                           const observe::Logger& logger) {
  const auto& servers = config.text("kafka.bootstrap_servers");
  if (servers.empty()) return nullptr;
  return kafka::connect(
      {.bootstrap_servers = servers, .settings = broker_settings(config), .logger = logger});
}

std::unique_ptr<intake::LineSource> open_input(const runtime::Config& config,
                                               kafka::Broker* broker) {
  const auto& file = config.text("input.file");
  const auto& topic = config.text("input.topic");
  if (file.empty() && topic.empty()) return nullptr;
  if (file == "-") return intake::standard_input();
  if (!file.empty()) {
    return intake::file_source({.file = file, .follow = config.boolean("input.follow")});
  }
  TIDEMARK_ASSERT(broker != nullptr, "contradictions were refused before");
  return intake::kafka_lines(*broker, {.topic = topic,
                                       .group = config.text("input.group"),
                                       .end = config.boolean("input.exit_at_end")});
}

std::shared_ptr<sql::Place> open_read_models(const Wiring& wiring, const runtime::Config& config) {
  const auto url = config.secret("projection.url");
  if (url.empty()) return nullptr;
  TIDEMARK_ASSERT(wiring.parts().read_models != nullptr, "contradictions were refused before");
  return wiring.parts().read_models({.url = url.reveal(),
                                     .prefix = config.text("projection.schema_prefix"),
                                     .area = "projection"});
}

std::string store_name(const runtime::Config& config) {
  const auto url = config.secret("store.url");
  if (!url.empty()) return url.reveal();
  return (std::filesystem::path(config.text("data.directory")) / "tidemark.db").string();
}

store::Durability store_durability(const runtime::Config& config) {
  return config.text("store.durability") == "full" ? store::Durability::full
                                                   : store::Durability::normal;
}

Surroundings::Surroundings(const Wiring& wiring, const runtime::Config& config,
                           const store::Engines& engines)
    : input_clock(config.text("clock.source") == "input"
                      ? std::make_unique<InputClock>(system_clock)
                      : nullptr),
      logger(open_logger(config, system_clock)),
      directory(config.text("data.directory")),
      read_models(open_read_models(wiring, config)),
      broker(open_broker(config, logger)) {  // first: bad settings must leave no files behind
  make_data_directory(directory);
  store = store::open_store(
      {.name = store_name(config), .engines = engines},
      {.durability = store_durability(config),
       .busy_timeout = config.duration("store.busy_timeout"),
       .gather_max = config.duration("store.gather_max"),
       .events_max = static_cast<std::uint64_t>(config.integer("store.append_events_max")),
       .data_size_max = event_size_max(config),
       .readers_max = static_cast<std::uint64_t>(config.integer("store.readers_max")),
       .checkpoint_every = static_cast<std::uint64_t>(config.integer("store.checkpoint_every")),
       .signing_key_file = config.text("store.signing_key_file"),
       .side_store = config.boolean("store.side_store")},
      clock(), random);
  if (input_clock) input_clock->advance_to(newest_time(*store));
}

const Clock& Surroundings::clock() const {
  if (input_clock) return *input_clock;
  return system_clock;
}

Ground Surroundings::ground() {
  return {.store = *store,
          .clock = clock(),
          .machine = system_clock,
          .random = random,
          .directory = directory,
          .read_models = read_models,
          .broker = broker.get(),
          .logger = logger,
          .metrics = &metrics};
}

AssemblyOptions assembly_options(const runtime::Config& config) {
  AssemblyOptions options;
  options.dispatcher.attempts_max =
      static_cast<std::uint32_t>(config.integer("command.attempts_max"));
  options.store_poll_interval = config.duration("store.poll_interval");
  options.dispatcher.answer_ttl = config.duration("command.answer_ttl");
  options.dispatcher.snapshot_every =
      static_cast<std::uint64_t>(config.integer("command.snapshot_every"));
  options.dispatcher.snapshot_bytes =
      static_cast<std::uint64_t>(config.size_bytes("command.snapshot_bytes"));
  options.feed.attempts_max = static_cast<std::uint32_t>(config.integer("feed.attempts_max"));
  options.feed.retry_first = config.duration("feed.retry_first");
  options.feed.retry_factor = static_cast<std::uint32_t>(config.integer("feed.retry_factor"));
  options.feed.retry_max = config.duration("feed.retry_max");
  options.feed.parked_keys_max = static_cast<std::uint64_t>(config.integer("feed.parked_keys_max"));
  options.feed.parked_events_max =
      static_cast<std::uint64_t>(config.integer("feed.parked_events_max"));
  options.relay.event_bytes_max = event_size_max(config);
  options.relay.accept_partition_changes = config.boolean("kafka.accept_partition_changes");
  options.publish = config.boolean("kafka.publish");
  options.instance = config.text("run.instance");
  options.topics = {.names = config.list("projection.topics"),
                    .accept_partition_changes = options.relay.accept_partition_changes};
  options.relay.topics.prefix = config.text("kafka.topic_prefix");
  options.relay.topics.partitions = static_cast<std::int32_t>(config.integer("kafka.partitions"));
  for (const auto& [category, topic] : config.map("kafka.topics")) {
    options.relay.topics.rules[category] = {.topic = topic};
  }
  if (const auto after = config.integer("kafka.resume_after"); after > 0) {
    options.relay.resume_after = Position(static_cast<std::uint64_t>(after));
  }
  options.relay.lease = config.duration("kafka.lease");
  return options;
}

}  // namespace tidemark::app
