#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "tidemark/app/wiring.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/intake/intake_worker.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/relay/relay_worker.hpp"
#include "tidemark/runtime/time_gate.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/sql/place.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::app {

/// What an application runs on. All of it must outlive the assembly.
struct Ground {
  store::StoreEngine& store;
  const Clock& clock;    ///< the application's time: what is stamped, which timers are due
  const Clock& machine;  ///< for leases, retries and waiting; the same one unless time is input's
  Random& random;
  std::filesystem::path directory;               ///< where read models and progress files lie
  std::shared_ptr<sql::Place> read_models = {};  ///< where they lie; null: in the directory
  kafka::Broker* broker = nullptr;  ///< none: nothing is published, and nothing read from topics
  observe::Logger logger = observe::Logger::null();
  observe::Metrics* metrics = nullptr;
};

/// Where lines come from, and what holds them back.
struct Input {
  std::string name = "input";  ///< as `intake::IntakeOptions`
  std::unique_ptr<intake::LineSource> source;
  runtime::TimeGate* gate = nullptr;  ///< must outlive the assembly; none: lines are not held back
};

/// Kafka topics that read models are fed from instead of the log.
struct ProjectionTopics {
  std::vector<std::string> names;  ///< none: the log
  bool accept_partition_changes = false;
};

struct AssemblyOptions {
  Micros store_poll_interval = std::chrono::milliseconds(20);  ///< for commits of other processes
  command::DispatcherOptions dispatcher = {};
  relay::RelayOptions relay = {};
  bool publish = true;  ///< with a broker: publish the log
  ProjectionTopics topics = {};
  feed::FeedOptions feed = {};  ///< of every feed; its name and log are set for each
  /// Of several processes on one store all but one have a name: what they have read is reported to
  /// the store under it, and operations are left to the one without.
  std::string instance = {};
};

/// All workers of one application, put together from its wiring: the same ones in production, in
/// tests and in simulation. Destroying it and making it again on the same ground is a restart.
class Assembly {
 public:
  /// Makes the catalogue, opens all files, and registers the types. Throws `Failure`.
  Assembly(const Wiring& wiring, const Ground& ground, const AssemblyOptions& options = {});
  ~Assembly();
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  [[nodiscard]] const Catalogue& catalogue() const;
  [[nodiscard]] command::Dispatcher& dispatcher();
  /// In an order in which stepping them round robin makes progress. They live as long as this does.
  [[nodiscard]] const std::vector<runtime::Worker*>& workers() const;
  /// Has the wiring's mapper read `input` too, with a worker that is last among `workers()`. Once;
  /// throws `Failure` when the wiring has no mapper. The worker lives as long as this does.
  const intake::IntakeWorker& add_input(Input input);
  /// When the next timer of any saga or the next delayed command is due; none when there is none.
  /// Safe from any thread.
  [[nodiscard]] std::optional<UtcTime> next_timer() const;

  struct Parts;  ///< private

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::app
