#include "contradictions.hpp"

#include <fmt/format.h>

#include "ground_of.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/relay/topic_map.hpp"

namespace tidemark::app {
namespace {

[[noreturn]] void refuse(const char* field, const char* message, const char* hint) {
  throw Failure({.code = "app.bad_configuration",
                 .message = fmt::format("{}: {}", field, message),
                 .hint = hint});
}

void check_store(const runtime::Config& config, const store::Engines& engines) {
  const auto url = config.secret("store.url");
  if (!url.empty()) {
    if (!store::is_address(url.reveal()) || store::find_engine(engines, url.reveal()) == nullptr) {
      refuse("store.url", "is no address of an engine that this application has",
             "postgresql://…, and an application that hands store_postgres::postgres_engine() to "
             "run; a file is named by data.directory");
    }
    if (store_durability(config) != store::Durability::full) {
      refuse("store.durability", "a store with an address has no mode but full",
             "leave it at full");
    }
  }
  const auto& instance = config.text("run.instance");
  if (instance.empty()) return;
  constexpr std::size_t instance_size_max = 40;
  if (instance.size() > instance_size_max || instance.find('@') != std::string::npos) {
    refuse("run.instance", "is no name", "1 to 40 bytes without '@'");
  }
  if (config.text("clock.source") == "input") {
    refuse("run.instance", "several processes do not share the time of one input",
           "run one process, or take clock.source=input away");
  }
}

void check_input(const Wiring& wiring, const runtime::Config& config) {
  const bool from_file = !config.text("input.file").empty();
  const bool from_topic = !config.text("input.topic").empty();
  if (from_file && from_topic) {
    refuse("input.topic", "there is an input.file too", "name one of the two");
  }
  const bool has_input = from_file || from_topic;
  constexpr const char* name_one = "name input.file or input.topic";
  if (!has_input && config.text("clock.source") == "input") {
    refuse("clock.source", "time is to come from the input, and there is none", name_one);
  }
  if (config.boolean("input.exit_at_end")) {
    if (!has_input) refuse("input.exit_at_end", "there is no input that could end", name_one);
    if (config.boolean("input.follow")) {
      refuse("input.exit_at_end", "an input that is followed has no end",
             "take input.follow or input.exit_at_end away");
    }
  }
  if (has_input && wiring.parts().make_mapper == nullptr) {
    throw Failure({.code = "app.no_mapper",
                   .message = "there is an input, and nothing in the wiring understands its lines",
                   .hint = "wire a mapper: .input<MyLines>(), or take the input away"});
  }
}

void check_topics(const Wiring& wiring, const runtime::Config& config) {
  constexpr const char* name_brokers = "set kafka.bootstrap_servers";
  if (config.text("kafka.bootstrap_servers").empty()) {
    if (!config.text("input.topic").empty()) {
      refuse("input.topic", "a topic needs a broker", name_brokers);
    }
    if (!config.list("projection.topics").empty()) {
      refuse("projection.topics", "topics need a broker", name_brokers);
    }
    return;
  }
  const bool follows_input =
      config.text("clock.source") == "input" || config.boolean("input.exit_at_end");
  if (follows_input && !config.list("projection.topics").empty()) {
    refuse("projection.topics",
           "a run whose time or end follows from its input does not know when topics are at rest",
           "feed read models from topics in an application of their own");
  }
  const relay::TopicMap map(assembly_options(config).relay.topics);
  for (const auto& aggregate : wiring.parts().aggregates) {
    static_cast<void>(map.topic_of(aggregate->category()));  // throws for what is no topic's name
  }
}

}  // namespace

void refuse_contradictions(const Wiring& wiring, const runtime::Config& config,
                           const store::Engines& engines) {
  check_store(config, engines);
  check_input(wiring, config);
  check_topics(wiring, config);
  if (!config.secret("projection.url").reveal().empty() && wiring.parts().read_models == nullptr) {
    refuse("projection.url", "nothing in the wiring opens it",
           "wire .read_models_on(&tidemark::postgres::open_schemas), or take the URL away");
  }
}

}  // namespace tidemark::app
