#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/runtime/guarded.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::feed {

/// A feed that may have set something aside.
struct FedFile {
  std::string feed;  ///< "projection/campaign_minutes"
  std::string file;  ///< names its database, among those of all feeds
  /// Opens that for writing what is there; null when there is nothing yet. Throws `Failure`.
  std::function<std::unique_ptr<sql::Database>()> open;
};

struct DeadLetterOptions {
  /// All feeds there are now; asked once in each `look_interval`.
  std::function<std::vector<FedFile>()> feeds;
  /// The topic that the events of a store's stream go to; dead letters go to "<topic>.dlq".
  std::function<std::string(std::string_view stream)> topic_of;
  std::int16_t replication = -1;  ///< of dead-letter topics that have to be made
  std::size_t in_flight_max = 100;
  Micros look_interval = std::chrono::seconds(1);
};

/// The record that tells of a parked entry: its key, its bytes, and as headers why it was parked.
/// `ce_id` is where it came from, so that two copies of one entry can be told to be one.
kafka::ProducerRecord dead_letter(const Parked& entry, const std::string& feed,
                                  const std::string& topic);

/// Publishes a copy of every parked entry that waits for a person to a dead-letter topic, for
/// whoever watches those. At least once: after a crash an entry may be published again. What counts
/// stays the parked table; a copy changes nothing.
///
/// Makes the topics that are missing, with one partition; that blocks for as long as the broker's
/// admin calls may. Throws what they throw, and looks again later.
class DeadLetterWorker final : public runtime::Worker {
 public:
  /// All references outlive the worker.
  DeadLetterWorker(DeadLetterOptions options, kafka::Broker& broker, const Clock& clock);

  [[nodiscard]] const std::string& name() const override { return name_; }
  runtime::Step step() override;
  /// `done` and `tail` count entries that are published, and that are to be.
  [[nodiscard]] runtime::WorkerReport report() const override;

 private:
  struct Published {
    std::uint64_t done = 0, waiting = 0;
    std::optional<Problem> problem;
  };
  /// A parked entry, among all feeds.
  struct Entry {
    std::string file;
    std::int64_t id = 0;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  struct Open {
    std::string feed;
    std::unique_ptr<sql::Database> file;
  };
  void look_for_feeds();
  std::uint64_t note_deliveries();
  std::uint64_t send_from(const std::string& name, Open& open);
  bool send(const Entry& entry, const kafka::ProducerRecord& record);
  void prepare(const std::string& topic);

  const DeadLetterOptions options_;
  const std::string name_ = "dead letters";
  kafka::Broker& broker_;
  const Clock& clock_;
  std::unique_ptr<kafka::Producer> producer_;  ///< made when there is something to say
  std::map<std::string, Open> open_;
  std::set<std::string> topics_;              ///< known to be there
  std::map<std::uint64_t, Entry> in_flight_;  ///< by tag
  std::uint64_t last_tag_ = 0;
  std::uint64_t waiting_ = 0;  ///< counted by the look under way
  Micros look_at_{0};          ///< on the monotonic clock: nothing is looked for before
  runtime::Guarded<Published> published_;
};

}  // namespace tidemark::feed
