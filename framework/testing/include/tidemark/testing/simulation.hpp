#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/app/assembly.hpp"
#include "tidemark/app/wiring.hpp"
#include "tidemark/kafka/loopback.hpp"
#include "tidemark/projection/model.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::testing {

struct SimulationOptions {
  /// One step in so many is followed by a restart of the whole application; 0: never.
  std::uint64_t restart_one_in = 0;
  UtcTime start = UtcTime::from_micros(1'793'491'200'000'000);  ///< 2026-11-01T00:00:00Z
  Micros step_time = std::chrono::microseconds(200);            ///< virtual time of one step
};

/// Runs a whole application on one thread: virtual clock, a store in a folder of its own, a broker
/// in memory, and one seeded scheduler that picks which worker takes the next step and when
/// everything is killed and started again. The same seed makes the same choices.
///
/// One thread. The folder goes with the object.
class Simulation {
 public:
  Simulation(Wiring wiring, std::uint64_t seed, SimulationOptions options = {});
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Sends a command as a client would, and steps the application until it has its outcome. The id
  /// is the n-th of the simulation: the same calls have the same ids.
  command::Outcome send(const google::protobuf::Message& command);
  /// Has a command run at `due` or soon after, see `command::Dispatcher::schedule`. Ids as above.
  CommandId schedule(const google::protobuf::Message& command, UtcTime due);
  /// The application's dispatcher; another one after each restart.
  [[nodiscard]] command::Dispatcher& dispatcher();
  /// Appends a fact to a stream, at the virtual time.
  void fact(const StreamId& stream, const google::protobuf::Message& event);
  /// Steps until nobody finds anything to do any more. Throws `std::runtime_error` after
  /// `steps_max`.
  void settle(std::uint64_t steps_max = 1'000'000);
  /// Steps without restarts, and lets virtual time pass as far as needed, until every worker
  /// reports that it is up to date. Throws `std::runtime_error` when one is not after ten minutes.
  void catch_up();
  /// Lets virtual time pass, stopping at every timer that is due on the way.
  void advance(Micros duration);

  /// The rows of a projection's live read model, in the order of their keys.
  template <Projection P>
  [[nodiscard]] std::vector<typename P::Row> rows() const {
    std::vector<typename P::Row> found;
    visit_rows(*make_projection<P>(), [&](const google::protobuf::Message& row) {
      found.push_back(static_cast<const typename P::Row&>(row));
    });
    return found;
  }

  [[nodiscard]] ManualClock& clock();
  [[nodiscard]] store::SqliteStore& store();
  [[nodiscard]] kafka::LoopbackBroker& broker();
  [[nodiscard]] const std::filesystem::path& directory() const;
  [[nodiscard]] std::uint64_t steps() const;
  [[nodiscard]] std::uint64_t restarts() const;

 private:
  struct World;
  bool step();
  void restart();
  void visit_rows(const projection::ProjectionModel& model,
                  const std::function<void(const google::protobuf::Message& row)>& visit) const;

  std::unique_ptr<World> world_;
};

}  // namespace tidemark::testing
