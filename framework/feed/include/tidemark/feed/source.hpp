#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/feed/delivery.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/schema/catalogue.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::feed {

/// Where deliveries come from, and where the next ones start. Its progress is kept in the feed's file by
/// the feed's commit. One thread at a time; never blocks.
class Source {
 public:
  virtual ~Source() = default;
  /// Creates its tables and reads where it stands. Called once, before anything else. Throws
  /// "store.diverged" when that place is not in the log.
  virtual void open(sqlite::Database& file, const std::vector<std::string>& types) = 0;
  /// Visits up to `max` deliveries behind the last one visited; false from `visit` stops behind that
  /// one. Answers how many were visited.
  virtual std::uint64_t fetch(std::uint64_t max,
                              const std::function<bool(const Delivery&)>& visit) = 0;
  /// Writes how far `fetch` came, inside the transaction of what was made of it. False: the place that
  /// this batch began at is not the one in the file (another owner moved it): nothing may be committed.
  virtual bool save(sqlite::Database& file) = 0;
  /// Goes back to what the file says.
  virtual void rewind(sqlite::Database& file) = 0;
  /// How far it is and how far it could be, in one unit (positions, or records).
  struct Extent {
    std::uint64_t done = 0, tail = 0;
  };
  [[nodiscard]] virtual Extent extent() = 0;
  /// Called when the feed cannot take more for now, and when it can again (back pressure).
  virtual void hold(bool) {}
};

/// The log, from where the file says (a new file: behind `start`), only the wanted types (under any name
/// they were stored by), up to the high-water mark. Checks the chain hash of its checkpoint at `open`.
std::unique_ptr<Source> store_source(store::EventStore& store, const Catalogue& catalogue,
                                     Position start);

struct KafkaSourceOptions {
  kafka::ConsumerOptions consumer;
  /// Events older than this behind a partition's newest are not looked for among the known ids.
  Micros deduplication_horizon = std::chrono::hours(24);
  std::uint64_t deduplication_ids_max = 5'000'000;
};

/// Kafka topics, one group, with the offsets in the file as the only truth. Facts that come twice within
/// the horizon are delivered once.
std::unique_ptr<Source> kafka_source(kafka::Broker& broker, const Catalogue& catalogue,
                                     KafkaSourceOptions options);

}  // namespace tidemark::feed
