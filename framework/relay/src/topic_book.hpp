#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/kafka/broker.hpp"
#include "tidemark/relay/topic_map.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::relay {

/// The topics that are published to: which category goes where, and whether that topic is known to
/// be there and fit for what the store may hold. One thread at a time.
class TopicBook {
 public:
  struct Options {
    TopicMapOptions map;
    std::string relay_name;              ///< the partitions of its topics are kept under it
    std::uint64_t record_bytes_max = 0;  ///< that a topic must let through
    bool accept_partition_changes = false;
  };
  /// `store` and `broker` must outlive it.
  TopicBook(Options options, store::EventStore& store, kafka::Broker& broker);

  /// The topic of `category`, null when it is not published. The text lives as long as the book.
  [[nodiscard]] const std::string* topic_of(std::string_view category);
  /// Whether `prepare` has found the topic fit.
  [[nodiscard]] bool is_ready(const std::string& topic) const { return ready_.contains(topic); }

  /// Makes the progress topic and those of `categories`, where they are missing, and checks them.
  /// Blocks for at most twice the broker's `admin_timeout`; asks nothing when all are ready. Throws
  /// `Failure`, all retryable: "relay.partitions_changed" (a key's records would go to another
  /// partition than before and lose their order), "relay.topic_too_small",
  /// "relay.progress_not_compacted", "relay.topic_missing", and what the broker throws.
  void prepare(const std::vector<std::string>& categories);
  /// Has each topic checked again before it is next published to.
  void forget() { ready_.clear(); }

 private:
  void check(const kafka::TopicFacts& facts);
  void check_progress(const kafka::TopicFacts& facts) const;
  void check_partitions(const kafka::TopicFacts& facts);
  [[nodiscard]] kafka::TopicSpec progress_spec() const;

  const Options options_;
  const TopicMap map_;
  store::EventStore& store_;
  kafka::Broker& broker_;
  std::map<std::string, std::optional<kafka::TopicSpec>, std::less<>> by_category_;
  std::set<std::string, std::less<>> ready_;
};

}  // namespace tidemark::relay
