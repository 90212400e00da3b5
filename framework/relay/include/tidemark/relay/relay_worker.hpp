#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/observe/metrics.hpp"
#include "tidemark/relay/topic_map.hpp"
#include "tidemark/runtime/retry.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::relay {

/// Bytes that the record of an event may need whose data are at most so many.
constexpr std::uint64_t record_bytes_max(std::uint64_t event_bytes_max) {
  constexpr std::uint64_t envelope_bytes_max = 64 * 1024;  // key, headers, the record's own fields
  return event_bytes_max + envelope_bytes_max;
}

struct RelayOptions {
  /// Part of the transactional id: another name is another relay that publishes everything again.
  /// 1 to 64 characters of a-z, 0-9, '_', '-', '.'.
  std::string name = "main";
  TopicMapOptions topics = {};
  /// Categories whose topics are made at start; those of others are made when first met.
  std::vector<std::string> categories = {};
  std::uint64_t event_bytes_max = 900 * 1024;  ///< the store's `data_size_max`

  std::uint64_t transaction_events_max = 5000;
  std::uint64_t transaction_bytes_max = 4 * 1024 * 1024;
  /// A transaction is committed at this age also while there is more to publish.
  Micros transaction_age_max = std::chrono::milliseconds(100);
  /// The broker aborts a transaction that was left open for so long.
  Micros transaction_timeout = std::chrono::seconds(60);

  /// Progress over events that are not published is recorded after so many of them, and when there
  /// was nothing else to do for so long.
  std::uint64_t progress_events_max = 10'000;
  Micros progress_idle = std::chrono::seconds(30);

  /// How long a relay that died keeps others from taking over. Renewed each third of it.
  Micros lease = std::chrono::seconds(10);
  /// How often the log is looked at when nobody wakes the worker: for appends of other processes.
  Micros idle_poll = std::chrono::milliseconds(100);
  runtime::RetryPolicy retry = {.attempts = runtime::RetryPolicy::for_ever,
                                .first = std::chrono::milliseconds(200),
                                .max = std::chrono::seconds(30)};

  /// A person's decision after "relay.partitions_changed": go on although a topic has other
  /// partitions than before. The order of each key's records breaks once.
  bool accept_partition_changes = false;
  /// A person's decision after "store.diverged": go on behind this position of the log that is
  /// there now. The topics then hold both histories. Without effect unless the log diverged.
  std::optional<Position> resume_after = {};
};

/// Brings all that is stored to Kafka: each event once, in the order of its stream, never before it
/// is committed and never with a gap, also across crashes of the relay and of the broker.
///
/// Each transaction holds a contiguous run of positions and, on the topic `tidemark.relay`, how far
/// it came: records and progress commit together and cannot disagree. A tombstone (an event that
/// was deleted) has no record.
///
/// One relay of a name publishes a store at a time; others stand by behind a lease in the store.
/// The lease only keeps them from disturbing each other: that nothing is published twice rests on
/// the transactional id alone, which fences whoever was taken over from, however long it slept.
///
/// A broker that is down or slow shows in `report()`; it never touches appends. `step()` does not
/// wait for the broker but for one case: before it first publishes to a topic it asks for the
/// topic's facts, which blocks for at most the broker's `admin_timeout`.
///
/// Throws from `step()`: "store.diverged" when what was published is not in the log,
/// "relay.progress_unreadable" when a newer version wrote the progress, "relay.bad_topic" when a
/// category has no topic that Kafka takes, "relay.gap" when the log lacks a position. The next step
/// begins anew. Failures "store.*" pass through.
class RelayWorker final : public runtime::Worker {
 public:
  /// What a relay works with. All of it must outlive the worker.
  struct Surroundings {
    store::EventStore& store;
    kafka::Broker& broker;
    const Clock& clock;
    Random& random;  ///< used by the stepping thread
    observe::Metrics* metrics = nullptr;
    observe::Logger logger = observe::Logger::null();
  };

  /// Does not connect yet. Throws `Failure` "relay.bad_option" and "relay.bad_topic".
  RelayWorker(RelayOptions options, const Surroundings& surroundings);
  ~RelayWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  /// `done`: everything up to there is published, or is not to be. On standby: what the active
  /// relay last said.
  [[nodiscard]] runtime::WorkerReport report() const override;
  /// Gives up the lease, so that another takes over at once.
  void stop() noexcept override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::relay
