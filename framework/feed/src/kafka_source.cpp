#include "tidemark/feed/kafka_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "fact_memory.hpp"
#include "known_types.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/schema/cloud_event.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::feed {
namespace {

using kafka::TopicPartition;

/// Events that are polled while nothing is taken, and kept for later.
constexpr std::size_t kept_max = 1000;

/// Whether it is about who owns a partition, and not about what is in it.
bool is_of_group(const kafka::ConsumerEvent& event) {
  return !std::holds_alternative<kafka::ConsumerRecord>(event) &&
         !std::holds_alternative<kafka::ReachedEnd>(event);
}

/// The partition that it is about the contents of.
const TopicPartition* place_in(const kafka::ConsumerEvent& event) {
  if (const auto* record = std::get_if<kafka::ConsumerRecord>(&event)) return &record->from;
  if (const auto* end = std::get_if<kafka::ReachedEnd>(&event)) return &end->partition;
  return nullptr;
}

/// How far an event's time may be ahead of its record's and still make the partition newer. One
/// wrong clock at a source would otherwise put everybody's events beyond the horizon, for good.
constexpr Micros ahead_max = std::chrono::hours(1);

UtcTime newness(const Metadata& metadata, const kafka::ConsumerRecord& record) {
  if (record.time == UtcTime()) return metadata.event_time;
  return std::min(metadata.event_time, record.time + ahead_max);
}

class KafkaSource final : public Source {
 public:
  KafkaSource(kafka::Broker& broker, const Catalogue& catalogue, const KafkaSourceOptions& options)
      : broker_(broker),
        accept_partition_changes_(options.accept_partition_changes),
        consumer_(broker.consumer(options.consumer)),
        types_(catalogue),
        facts_(
            {.horizon = options.deduplication_horizon, .ids_max = options.deduplication_ids_max}) {}

  void open(sql::Database& file, const std::vector<std::string>& types) override;
  std::uint64_t fetch(std::uint64_t max,
                      const std::function<bool(const Delivery&)>& visit) override;
  [[nodiscard]] bool moved() const override { return moved_; }
  [[nodiscard]] bool wants_commit() const override { return !revoked_.empty(); }
  bool save(sql::Database& file) override;
  void saved() override;
  void rewind(sql::Database& file) override;
  void refresh(Delivery& delivery, std::string& buffer) const override {
    types_.refresh(delivery, buffer);
  }
  [[nodiscard]] Extent extent() const override {
    return {.done = done_.load(), .tail = tail_.load(), .tail_known = tail_known_.load()};
  }
  [[nodiscard]] std::string stuck_at() const override {
    return blocked_ ? blocked_->describe() : std::string();
  }
  [[nodiscard]] std::optional<Problem> problem() const override;
  [[nodiscard]] Micros poll_interval() const override { return std::chrono::milliseconds(10); }
  void hold(bool held) override;
  void stop() noexcept override { consumer_->close(); }

 private:
  struct Partition {
    std::int64_t saved = 0;  ///< next offset, as the file says; 0: from the beginning
    std::int64_t next = 0;   ///< next offset behind what was visited
    UtcTime newest;          ///< event time
    std::optional<std::int64_t> first = {};  ///< offset of the first record that was there
    UtcTime first_time = {};                 ///< its event time
    std::int64_t end = 0;                    ///< next offset that will be written, as last heard
  };
  using Visit = std::function<bool(const Delivery&)>;
  /// What came of one event of the consumer.
  enum class Taken { passed, visited, stopped, blocked };

  void poll(std::size_t max);
  void check_topics();
  void answer_group();
  void drop_contents(const std::vector<TopicPartition>& partitions);
  Taken take(const kafka::ConsumerEvent& event, const Visit& visit);
  Taken take_record(const kafka::ConsumerRecord& record, const Visit& visit);
  void take_end(const kafka::ReachedEnd& end);
  void assign(const std::vector<TopicPartition>& partitions);
  void revoke(const std::vector<TopicPartition>& partitions);
  void lose(const std::vector<TopicPartition>& partitions);
  Partition read(const TopicPartition& partition);
  void start(const TopicPartition& partition, const Partition& at);
  void give_back();
  void measure();
  [[nodiscard]] std::vector<TopicPartition> owned() const;

  kafka::Broker& broker_;
  const bool accept_partition_changes_;
  const std::unique_ptr<kafka::Consumer> consumer_;
  KnownTypes types_;
  FactMemory facts_;
  sql::Database* file_ = nullptr;  ///< the feed's, from `open` on
  std::map<TopicPartition, Partition> partitions_;
  std::deque<kafka::ConsumerEvent> events_;    ///< polled and not looked at
  std::set<std::string> unchecked_;            ///< topics whose partitions were not counted yet
  std::map<std::string, std::int32_t> sizes_;  ///< partitions of those that were counted
  std::set<TopicPartition> revoked_;           ///< ours until what they gave is committed
  bool moved_ = false;
  bool lost_ = false;  ///< of what was visited, something belongs to another owner now
  bool held_ = false;
  std::optional<KnownTypes::Blocked> blocked_;
  std::optional<Problem> problem_;  ///< said once by the consumer, and true until it has partitions
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> tail_{0};
  std::atomic<bool> tail_known_{false};
};

void KafkaSource::open(sql::Database& file, const std::vector<std::string>& types) {
  file_ = &file;
  types_.want(types);
  types_.load(file);
  types_.check_passed(file);
  facts_.load(file);
}

std::uint64_t KafkaSource::fetch(std::uint64_t max, const Visit& visit) {
  if (max == 0) {
    if (events_.size() >= kept_max && !held_) hold(true);
    poll(kept_max);
    answer_group();
    return 0;
  }
  if (held_) hold(false);
  if (events_.empty()) poll(max);
  answer_group();
  check_topics();
  blocked_.reset();
  std::uint64_t visited = 0;
  while (!events_.empty() && visited < max) {
    auto event = std::move(events_.front());
    events_.pop_front();
    const auto taken = take(event, visit);
    if (taken == Taken::blocked) {
      events_.push_front(std::move(event));
      if (!moved()) throw KnownTypes::failure(*blocked_);
      break;
    }
    if (taken != Taken::passed) ++visited;
    if (taken == Taken::stopped || lost_) break;
  }
  measure();
  return visited;
}

/// Counts the partitions of topics that were assigned. Blocks for as long as the broker's admin
/// calls may; until it has an answer nothing is read.
void KafkaSource::check_topics() {
  if (unchecked_.empty()) return;
  for (const auto& facts : broker_.describe({unchecked_.begin(), unchecked_.end()})) {
    auto known = file_->statement("SELECT partitions FROM feed_topics WHERE topic = ?1");
    known.bind(1, std::string_view(facts.name));
    const auto before = known.next() ? known.integer(0) : std::int64_t{facts.partitions};
    if (before != facts.partitions && !accept_partition_changes_) {
      throw Failure(
          {.code = "feed.partitions_changed",
           .message = fmt::format("topic '{}' had {} partitions and has {}: later records "
                                  "of a key are not behind its earlier ones any more",
                                  facts.name, before, facts.partitions),
           .hint = "make a topic anew and publish to it again; or accept that the order "
                   "broke once: kafka.accept_partition_changes"});
    }
    auto note = file_->statement(
        "INSERT INTO feed_topics VALUES (?1, ?2)"
        " ON CONFLICT (topic) DO UPDATE SET partitions = excluded.partitions");
    note.bind_all(std::string_view(facts.name), facts.partitions).run();
    sizes_[facts.name] = facts.partitions;
  }
  unchecked_.clear();
}

/// Where no records come from, nobody knows how far behind this is: it says so.
std::optional<Problem> KafkaSource::problem() const {
  if (problem_) return problem_;
  if (partitions_.empty()) {
    return Problem{.code = "feed.no_partitions",
                   .field = "",
                   .message =
                       "no partitions to read: no broker answers, or others of the group "
                       "have them all",
                   .hint =
                       "check kafka.bootstrap_servers and that the broker runs; partitions of "
                       "a process that was killed come when its session ends"};
  }
  std::size_t all = 0;
  for (const auto& [topic, partitions] : sizes_) all += static_cast<std::size_t>(partitions);
  if (partitions_.size() >= all) return std::nullopt;
  return Problem{
      .code = "feed.partitions_elsewhere",
      .field = "",
      .message = fmt::format("{} of {} partitions belong to other members of the group",
                             all - partitions_.size(), all),
      .hint =
          "those of a process that was killed come when its session ends; two that run on "
          "copies of one data directory keep each other from being whole"};
}

void KafkaSource::poll(std::size_t max) {
  try {
    for (auto& event : consumer_->poll(max)) events_.push_back(std::move(event));
  } catch (const Failure& failure) {
    // The consumer says once that a topic is not there, and is silent while it waits for it.
    if (failure.code() == "kafka.unknown_topic") {
      problem_ = Problem{.code = failure.code(),
                         .field = "",
                         .message = failure.message(),
                         .hint = failure.hint()};
    }
    throw;
  }
}

/// Gives and takes partitions also while no records are taken, or the group would wait.
void KafkaSource::answer_group() {
  std::deque<kafka::ConsumerEvent> all;
  all.swap(events_);
  for (auto& event : all) {
    if (is_of_group(event)) {
      take(event, nullptr);
    } else {
      events_.push_back(std::move(event));
    }
  }
}

KafkaSource::Taken KafkaSource::take(const kafka::ConsumerEvent& event, const Visit& visit) {
  if (const auto* record = std::get_if<kafka::ConsumerRecord>(&event)) {
    return take_record(*record, visit);
  }
  if (const auto* assigned = std::get_if<kafka::Assigned>(&event)) assign(assigned->partitions);
  if (const auto* revoked = std::get_if<kafka::Revoked>(&event)) revoke(revoked->partitions);
  if (const auto* lost = std::get_if<kafka::Lost>(&event)) lose(lost->partitions);
  if (const auto* end = std::get_if<kafka::ReachedEnd>(&event)) take_end(*end);
  return Taken::passed;
}

/// Behind the last record there may be marks of transactions, which nobody is shown.
void KafkaSource::take_end(const kafka::ReachedEnd& end) {
  const auto found = partitions_.find(end.partition);
  if (found == partitions_.end()) return;
  auto& partition = found->second;
  partition.end = std::max(partition.end, end.offset);
  if (end.offset <= partition.next) return;
  partition.next = end.offset;
  moved_ = true;
}

KafkaSource::Taken KafkaSource::take_record(const kafka::ConsumerRecord& record,
                                            const Visit& visit) {
  const auto found = partitions_.find(record.from);
  if (found == partitions_.end() || record.offset < found->second.next) return Taken::passed;
  auto& partition = found->second;
  Delivery delivery{
      .key = record.key,
      .place = KafkaPlace{
          .topic = record.from.topic, .partition = record.from.partition, .offset = record.offset}};
  const auto pass = [&](UtcTime event_time) {
    if (!partition.first) {
      partition.first = record.offset;
      partition.first_time = event_time;
    }
    partition.next = record.offset + 1;
    moved_ = true;
  };
  const auto decoded = cloud_event::decode({.headers = record.headers,
                                            .topic = record.from.topic,
                                            .key = record.key,
                                            .value = record.value,
                                            .time = record.time});
  if (!decoded) {
    const auto problem = to_string(decoded.error());
    delivery.event.data = record.value ? std::string_view(*record.value) : std::string_view();
    delivery.event.metadata.event_time = record.time;
    delivery.unreadable = problem;
    pass(record.time);
    return visit(delivery) ? Taken::visited : Taken::stopped;
  }
  delivery.event = decoded->event.view();
  const auto& type = types_.of(delivery.event.type);
  blocked_ = types_.check(delivery, type);
  if (blocked_) return Taken::blocked;
  pass(delivery.event.metadata.event_time);
  if (!type.wanted || delivery.event.tombstone) return Taken::passed;
  partition.newest = std::max(partition.newest, newness(delivery.event.metadata, record));
  if (facts_.repeats(*file_, delivery, partition.newest)) return Taken::passed;
  types_.make_current(delivery, type);
  return visit(delivery) ? Taken::visited : Taken::stopped;
}

void KafkaSource::assign(const std::vector<TopicPartition>& partitions) {
  if (!partitions.empty()) problem_.reset();
  for (const auto& partition : partitions) {
    auto insert = file_->statement(
        "INSERT INTO feed_offsets(topic, partition, next_offset) VALUES (?1, ?2, 0)"
        " ON CONFLICT DO NOTHING");
    insert.bind_all(std::string_view(partition.topic), partition.partition);
    insert.run();
    revoked_.erase(partition);
    unchecked_.insert(partition.topic);
    const auto at = read(partition);
    partitions_[partition] = at;
    start(partition, at);
  }
  if (held_) consumer_->pause(partitions);
}

/// What they gave is committed first; nothing more is read from them.
void KafkaSource::revoke(const std::vector<TopicPartition>& partitions) {
  drop_contents(partitions);
  revoked_.insert(partitions.begin(), partitions.end());
}

void KafkaSource::lose(const std::vector<TopicPartition>& partitions) {
  drop_contents(partitions);
  for (const auto& partition : partitions) {
    const auto found = partitions_.find(partition);
    revoked_.erase(partition);
    if (found == partitions_.end()) continue;
    if (found->second.next != found->second.saved) lost_ = true;
    partitions_.erase(found);
  }
}

void KafkaSource::drop_contents(const std::vector<TopicPartition>& partitions) {
  std::erase_if(events_, [&](const kafka::ConsumerEvent& event) {
    const auto* place = place_in(event);
    return place != nullptr && std::ranges::find(partitions, *place) != partitions.end();
  });
}

KafkaSource::Partition KafkaSource::read(const TopicPartition& partition) {
  auto row = file_->statement(
      "SELECT next_offset, newest, first_offset, first_time, end_offset FROM feed_offsets"
      " WHERE topic = ?1 AND partition = ?2");
  row.bind_all(std::string_view(partition.topic), partition.partition);
  if (!row.next()) return {};
  return {.saved = row.integer(0),
          .next = row.integer(0),
          .newest = UtcTime::from_micros(row.integer(1)),
          .first = row.is_null(2) ? std::nullopt : std::optional(row.integer(2)),
          .first_time = UtcTime::from_micros(row.integer(3)),
          .end = row.integer(4)};
}

void KafkaSource::start(const TopicPartition& partition, const Partition& at) {
  using Kind = kafka::StartAt::Kind;
  consumer_->start_at(partition,
                      {.kind = at.saved == 0 ? Kind::beginning : Kind::offset, .offset = at.saved});
}

bool KafkaSource::save(sql::Database& file) {
  if (lost_) return false;
  std::optional<UtcTime> oldest;
  for (const auto& [name, partition] : partitions_) {
    oldest = oldest ? std::min(*oldest, partition.newest) : partition.newest;
    if (partition.next == partition.saved) continue;
    auto update = file.statement(
        "UPDATE feed_offsets SET next_offset = ?1, newest = ?2, end_offset = ?3,"
        " first_offset = ?4, first_time = ?5"
        " WHERE topic = ?6 AND partition = ?7 AND next_offset = ?8");
    update.bind_all(partition.next, partition.newest.micros(),
                    std::max(partition.end, partition.next), partition.first,
                    partition.first_time.micros(), std::string_view(name.topic), name.partition,
                    partition.saved);
    update.run();
    if (file.changes() != 1) return false;
  }
  types_.save(file);
  facts_.save(file, oldest.value_or(UtcTime()));
  return true;
}

void KafkaSource::saved() {
  for (auto& [name, partition] : partitions_) {
    if (partition.next != partition.saved) consumer_->commit_copy(name, partition.next);
    partition.saved = partition.next;
  }
  moved_ = false;
  give_back();
  measure();
}

void KafkaSource::give_back() {
  if (revoked_.empty()) return;
  consumer_->release({revoked_.begin(), revoked_.end()});
  for (const auto& partition : revoked_) partitions_.erase(partition);
  revoked_.clear();
}

void KafkaSource::rewind(sql::Database& file) {
  // Assignments that were polled must not get lost; records come again.
  std::erase_if(events_, [](const auto& event) { return !is_of_group(event); });
  give_back();
  types_.load(file);
  facts_.load(file);
  for (auto& [name, partition] : partitions_) {
    partition = read(name);
    start(name, partition);
  }
  moved_ = false;
  lost_ = false;
}

void KafkaSource::hold(bool held) {
  held_ = held;
  if (held) {
    consumer_->pause(owned());
  } else {
    consumer_->resume(owned());
  }
}

std::vector<TopicPartition> KafkaSource::owned() const {
  std::vector<TopicPartition> names;
  names.reserve(partitions_.size());
  for (const auto& [name, partition] : partitions_) names.push_back(name);
  return names;
}

void KafkaSource::measure() {
  std::uint64_t done = 0;
  std::uint64_t tail = 0;
  bool known = !partitions_.empty();
  for (auto& [name, partition] : partitions_) {
    const auto marks = consumer_->watermarks(name);
    if (!marks) known = false;
    if (marks) partition.end = std::max(partition.end, marks->high);
    const auto high = std::max(partition.end, partition.saved);
    done += static_cast<std::uint64_t>(partition.saved);
    tail += static_cast<std::uint64_t>(high);
  }
  done_.store(done);
  tail_.store(tail);
  tail_known_.store(known);
}

}  // namespace

std::unique_ptr<Source> kafka_source(kafka::Broker& broker, const Catalogue& catalogue,
                                     const KafkaSourceOptions& options) {
  return std::make_unique<KafkaSource>(broker, catalogue, options);
}

}  // namespace tidemark::feed
