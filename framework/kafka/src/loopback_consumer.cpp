#include <set>
#include <utility>

#include "failures.hpp"
#include "loopback_cluster.hpp"

namespace tidemark::kafka::loopback {
namespace {

class LoopbackConsumer final : public Consumer {
 public:
  /// A member of a group.
  LoopbackConsumer(SharedCluster cluster, const ConsumerOptions& options)
      : cluster_(std::move(cluster)),
        group_name_(options.group),
        topics_(options.topics),
        read_committed_(options.read_committed),
        member_(cluster_->lock()->groups[group_name_].add(options)) {}
  /// A reader outside any group.
  LoopbackConsumer(SharedCluster cluster, bool read_committed)
      : cluster_(std::move(cluster)), read_committed_(read_committed), member_(std::nullopt) {}

  LoopbackConsumer(const LoopbackConsumer&) = delete;
  LoopbackConsumer& operator=(const LoopbackConsumer&) = delete;
  ~LoopbackConsumer() override {
    if (!member_.has_value()) return;
    auto cluster = cluster_->lock();
    group(*cluster).die(*member_, cluster->now());
  }

  std::vector<ConsumerEvent> poll(std::size_t max) override {
    auto cluster = cluster_->lock();
    cluster->tick();
    if (cluster->is_down) return {};
    std::vector<ConsumerEvent> events;
    if (member_.has_value()) poll_group(*cluster, max, events);
    poll_partitions(*cluster, max, events);
    return events;
  }

  void start_at(const TopicPartition& partition, StartAt start) override {
    auto cluster = cluster_->lock();
    if (member_.has_value() && !group(*cluster).may_read(*member_, partition)) return;
    cursors_[partition] = {.start = start, .next = {}, .end_told = {}};
  }

  void pause(const std::vector<TopicPartition>& partitions) override {
    paused_.insert(partitions.begin(), partitions.end());
  }
  void resume(const std::vector<TopicPartition>& partitions) override {
    for (const auto& partition : partitions) paused_.erase(partition);
  }

  void release(const std::vector<TopicPartition>& partitions) override {
    if (!member_.has_value()) return;
    auto cluster = cluster_->lock();
    group(*cluster).release(*member_, partitions, cluster->topics);
  }

  void commit_copy(const TopicPartition& partition, std::int64_t next_offset) override {
    if (!member_.has_value()) return;
    auto cluster = cluster_->lock();
    if (!cluster->is_down) group(*cluster).commit_copy(partition, next_offset);
  }

  std::optional<Watermarks> watermarks(const TopicPartition& partition) override {
    auto cluster = cluster_->lock();
    const auto* log = cluster->topics.find(partition);
    if (cluster->is_down || log == nullptr) return std::nullopt;
    return Watermarks{.low = log->low(), .high = log->high()};
  }

  void close() noexcept override {
    cursors_.clear();
    if (!member_.has_value()) return;
    auto cluster = cluster_->lock();
    if (cluster->is_down)
      group(*cluster).die(*member_, cluster->now());
    else
      group(*cluster).leave(*member_, cluster->topics);
    member_.reset();
  }

 private:
  struct Cursor {
    StartAt start;
    std::optional<std::int64_t> next;      ///< none: the broker was not asked yet
    std::optional<std::int64_t> end_told;  ///< the last end that was reported
  };

  [[nodiscard]] Group& group(Cluster& cluster) const { return cluster.groups.at(group_name_); }

  void poll_group(Cluster& cluster, std::size_t max, std::vector<ConsumerEvent>& events) {
    for (const auto& topic : topics_)
      if (!cluster.topics.has(topic)) throw unknown_topic_failure(topic);
    auto& members = group(cluster);
    members.poll(*member_, cluster.now(), cluster.topics);
    for (auto& event : members.take_events(*member_, max)) {
      if (const auto* revoked = std::get_if<Revoked>(&event)) forget(revoked->partitions);
      if (const auto* lost = std::get_if<Lost>(&event)) forget(lost->partitions);
      std::visit([&](auto& told) { events.emplace_back(std::move(told)); }, event);
    }
  }

  void forget(const std::vector<TopicPartition>& partitions) {
    for (const auto& partition : partitions) {
      cursors_.erase(partition);
      paused_.erase(partition);
    }
  }

  void poll_partitions(Cluster& cluster, std::size_t max, std::vector<ConsumerEvent>& events) {
    locate_all(cluster);
    // Each poll begins behind the partition the last one began at, so that none starves another.
    auto cursor = cursors_.upper_bound(first_);
    if (cursor == cursors_.end()) cursor = cursors_.begin();
    if (cursor != cursors_.end()) first_ = cursor->first;
    for (std::size_t visited = 0; visited < cursors_.size(); ++visited) {
      if (may_read(cluster, cursor->first)) read(cluster, *cursor, max, events);
      if (++cursor == cursors_.end()) cursor = cursors_.begin();
    }
  }

  bool may_read(Cluster& cluster, const TopicPartition& partition) const {
    if (paused_.contains(partition)) return false;
    return !member_.has_value() || group(cluster).may_read(*member_, partition);
  }

  /// Finds where each cursor stands before anything is read: a failure loses no event.
  void locate_all(Cluster& cluster) {
    for (auto cursor = cursors_.begin(); cursor != cursors_.end(); ++cursor) {
      const auto partition = cursor->first;
      const auto* log = cluster.topics.find(partition);
      if (log == nullptr) {
        cursors_.erase(cursor);
        throw unknown_topic_failure(to_string(partition));
      }
      const auto offset = locate(cursor->second, *log);
      if (offset < log->low() || offset > log->high()) {
        cursors_.erase(cursor);
        throw out_of_range_failure(partition, offset);
      }
      cursor->second.next = offset;
    }
  }

  [[nodiscard]] std::int64_t locate(const Cursor& cursor, const PartitionLog& log) const {
    if (cursor.next.has_value()) return *cursor.next;
    switch (cursor.start.kind) {
      case StartAt::Kind::beginning:
        return log.low();
      case StartAt::Kind::end:
        return log.end(read_committed_);
      case StartAt::Kind::offset:
        break;
    }
    return cursor.start.offset;
  }

  void read(Cluster& cluster, std::pair<const TopicPartition, Cursor>& at, std::size_t max,
            std::vector<ConsumerEvent>& events) const {
    auto& [partition, cursor] = at;
    const auto& log = *cluster.topics.find(partition);
    while (events.size() < max) {
      const auto found = log.read(*cursor.next, read_committed_);
      cursor.next = found.next;
      if (found.record == nullptr) break;
      events.emplace_back(*found.record);
    }
    const auto end = log.end(read_committed_);
    const bool is_news = cursor.next >= end && cursor.end_told != cursor.next;
    if (!is_news || events.size() >= max) return;
    cursor.end_told = cursor.next;
    events.emplace_back(ReachedEnd{.partition = partition, .offset = *cursor.next});
  }

  const SharedCluster cluster_;
  const std::string group_name_;
  const std::vector<std::string> topics_;
  const bool read_committed_;

  std::optional<MemberId> member_;  ///< none: a reader, or closed
  std::map<TopicPartition, Cursor> cursors_;
  std::set<TopicPartition> paused_;
  TopicPartition first_;
};

}  // namespace

std::unique_ptr<Consumer> make_group_consumer(SharedCluster cluster,
                                              const ConsumerOptions& options) {
  return std::make_unique<LoopbackConsumer>(std::move(cluster), options);
}

std::unique_ptr<Consumer> make_reader(SharedCluster cluster, bool read_committed) {
  return std::make_unique<LoopbackConsumer>(std::move(cluster), read_committed);
}

}  // namespace tidemark::kafka::loopback
