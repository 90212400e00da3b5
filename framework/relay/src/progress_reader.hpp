#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tidemark/kafka/broker.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::relay {

/// Finds the newest committed progress of one relay: reads the whole progress topic, up to the end
/// it had after this object was made.
///
/// To be made after the producer's `init` is done: then every earlier transaction of this relay is
/// settled, and lies before that end. It may have to wait for other relays' open transactions on
/// the same topic, at most for their transaction timeout. One thread at a time.
class ProgressReader {
 public:
  ProgressReader(kafka::Broker& broker, std::string key);

  /// Reads on; true when the end was reached. Never blocks. Throws `Failure`
  /// "relay.progress_unreadable", and what the consumer throws.
  [[nodiscard]] bool read();
  /// What was found when `read` answered true; none when this relay has published nothing yet.
  [[nodiscard]] const std::optional<store::Checkpoint>& found() const { return found_; }

 private:
  void take(const kafka::ConsumerRecord& record);

  const std::string key_;
  const kafka::TopicPartition partition_;
  const std::unique_ptr<kafka::Consumer> consumer_;
  std::optional<std::int64_t> end_;  ///< none: not known yet
  std::int64_t next_ = 0;
  std::optional<store::Checkpoint> found_;
};

}  // namespace tidemark::relay
