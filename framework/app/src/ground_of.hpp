#pragma once

#include <map>
#include <memory>
#include <string>

#include "tidemark/app/assembly.hpp"
#include "tidemark/app/input_gate.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/runtime/config.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark::app {

/// What a real application stands on, made from its configuration, which contradicts itself
/// nowhere. Throws `Failure`.
struct Surroundings {
  Surroundings(const Wiring& wiring, const runtime::Config& config,
               const store::Engines& engines = {});

  [[nodiscard]] Ground ground();

  SystemClock system_clock;
  std::unique_ptr<InputClock> input_clock;  ///< with clock.source=input
  SystemRandom random;
  observe::Logger logger;
  observe::Metrics metrics;
  std::filesystem::path directory;
  std::shared_ptr<sql::Place> read_models;  ///< null: in the directory
  std::unique_ptr<kafka::Broker> broker;
  std::unique_ptr<store::StoreEngine> store;

  /// The application's time.
  [[nodiscard]] const Clock& clock() const;
};

/// Where the configuration says that read models lie; null: in the data directory. Does not connect
/// yet.
std::shared_ptr<sql::Place> open_read_models(const Wiring& wiring, const runtime::Config& config);

/// Where the log is: the address that the configuration names, which may hold a password, or a file
/// within the data directory.
std::string store_name(const runtime::Config& config);

store::Durability store_durability(const runtime::Config& config);

/// What librdkafka is told: as configured, and to let the largest event through unless that is
/// configured too.
std::map<std::string, std::string> broker_settings(const runtime::Config& config);

/// The broker to publish to; none when nothing is published. Throws `Failure` for bad settings.
std::unique_ptr<kafka::Broker> open_broker(const runtime::Config& config,
                                           const observe::Logger& logger = observe::Logger::null());

/// Opens the input that the configuration names; none when it names none. `broker` may be null when
/// it names no topic.
std::unique_ptr<intake::LineSource> open_input(const runtime::Config& config,
                                               kafka::Broker* broker);

AssemblyOptions assembly_options(const runtime::Config& config);

}  // namespace tidemark::app
