#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "tidemark/base/assert.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::intake {
namespace {

using kafka::TopicPartition;

constexpr std::size_t records_per_poll = 1024;

std::string name_of(const TopicPartition& partition) {
  return fmt::format("{}/{}", partition.topic, partition.partition);
}

/// The records of one topic, a line each. Partitions that are taken away are given back when
/// everything that they gave is saved.
class KafkaLines final : public LineSource {
 public:
  KafkaLines(kafka::Broker& broker, const KafkaLinesOptions& options)
      : broker_(broker),
        topic_(options.topic),
        ends_(options.end),
        consumer_(broker.consumer({.group = options.group, .topics = {options.topic}})) {}

  void open(const Reached& from) override { saved(from); }
  Found peek(Line& line) override;
  void take() override;
  [[nodiscard]] std::string description() const override { return "topic " + topic_; }
  [[nodiscard]] std::string partition_name(std::uint32_t partition) const override {
    return name_of({topic_, static_cast<std::int32_t>(partition)});
  }
  [[nodiscard]] std::uint64_t tail() override;
  void saved(const Reached& reached) override;
  [[nodiscard]] bool wants_rest() const override { return !revoked_.empty(); }
  [[nodiscard]] std::optional<Problem> problem() const override;
  void stop() noexcept override { consumer_->close(); }

 private:
  /// The end of a partition as it was met last. Behind its last record there may be marks of
  /// transactions, which nobody is shown.
  struct End {
    std::int64_t behind_records = 0;
    std::int64_t offset = 0;
  };

  void poll();
  void look_at(kafka::ConsumerEvent event);
  void meet_end(const kafka::ReachedEnd& end);
  [[nodiscard]] bool has_read_all();
  [[nodiscard]] bool has_all_partitions();
  void assign(const std::vector<TopicPartition>& partitions);
  void revoke(const std::vector<TopicPartition>& partitions);
  void lose(const std::vector<TopicPartition>& partitions);
  void drop_records(const std::vector<TopicPartition>& partitions);
  void give_back();
  [[nodiscard]] std::int64_t saved_of(const TopicPartition& partition) const;

  kafka::Broker& broker_;
  const std::string topic_;
  const bool ends_;
  const std::unique_ptr<kafka::Consumer> consumer_;
  std::map<std::string, std::int64_t> saved_;  ///< next offset by partition's name
  /// Behind the last record given out; also of partitions that are not ours any more: what they
  /// gave is under way still, and counts once when they come back.
  std::map<TopicPartition, std::int64_t> next_;
  std::set<TopicPartition> ours_;
  std::set<TopicPartition> revoked_;  ///< ours until they are given back
  std::map<TopicPartition, End> met_;
  std::map<TopicPartition, std::int64_t> goals_;  ///< where each is read to, if this ends
  std::size_t partitions_ = 0;                    ///< of the topic; asked for when ours are read
  bool ended_ = false;
  std::optional<Problem> problem_;  ///< true until it is given partitions
  std::deque<kafka::ConsumerRecord> records_;
};

LineSource::Found KafkaLines::peek(Line& line) {
  if (records_.empty()) {
    poll();
    give_back();
  }
  if (!ended_ && has_read_all()) {
    ended_ = true;
    records_.clear();
  }
  if (ended_) return Found::end;
  if (records_.empty() || wants_rest()) return Found::nothing;
  const auto& record = records_.front();
  line = {};
  if (record.value) line.text = *record.value;
  line.partition = static_cast<std::uint32_t>(record.from.partition);
  line.offset = record.offset;
  line.next = record.offset + 1;
  line.size = line.text.size();
  line.too_long = line.size > line_size_max;
  if (line.too_long) line.text = line.text.substr(0, kept_size_max);
  return Found::line;
}

/// Where no records come from, nobody knows how far behind this is: it says so.
std::optional<Problem> KafkaLines::problem() const {
  if (problem_ || ended_ || !ours_.empty()) return problem_;
  return Problem{.code = "intake.no_partitions",
                 .field = topic_,
                 .message =
                     "no partitions to read: no broker answers, or others of the group "
                     "have them all",
                 .hint =
                     "check kafka.bootstrap_servers and that the broker runs; partitions of a "
                     "process that was killed come when its session ends"};
}

void KafkaLines::take() {
  TIDEMARK_ASSERT(!records_.empty(), "a line is found before it is taken");
  next_[records_.front().from] = records_.front().offset + 1;
  records_.pop_front();
}

void KafkaLines::poll() {
  try {
    for (auto& event : consumer_->poll(records_per_poll)) look_at(std::move(event));
  } catch (const Failure& failure) {
    // The consumer says once that a topic is not there, and is silent while it waits for it.
    if (failure.code() == "kafka.unknown_topic" && ours_.empty()) {
      problem_ = Problem{.code = failure.code(),
                         .field = topic_,
                         .message = failure.message(),
                         .hint = failure.hint()};
    }
    throw;
  }
}

void KafkaLines::look_at(kafka::ConsumerEvent event) {
  if (auto* record = std::get_if<kafka::ConsumerRecord>(&event)) {
    const bool wanted = !ended_ && ours_.contains(record->from) && !revoked_.contains(record->from);
    if (wanted && record->offset >= next_[record->from]) records_.push_back(std::move(*record));
  } else if (const auto* assigned = std::get_if<kafka::Assigned>(&event)) {
    assign(assigned->partitions);
  } else if (const auto* revoked = std::get_if<kafka::Revoked>(&event)) {
    revoke(revoked->partitions);
  } else if (const auto* lost = std::get_if<kafka::Lost>(&event)) {
    lose(lost->partitions);
  } else if (const auto* end = std::get_if<kafka::ReachedEnd>(&event)) {
    meet_end(*end);
  }
}

void KafkaLines::meet_end(const kafka::ReachedEnd& end) {
  if (!ours_.contains(end.partition)) return;
  auto behind = next_[end.partition];
  for (const auto& record : records_) {
    if (record.from == end.partition) behind = record.offset + 1;
  }
  met_[end.partition] = {.behind_records = behind, .offset = end.offset};
  auto& goal = goals_.try_emplace(end.partition, behind).first->second;
  goal = std::min(goal, behind);
}

/// Whether every partition is read to where it ended when that was first known: what is written
/// meanwhile keeps nobody here for ever.
bool KafkaLines::has_read_all() {
  if (!ends_ || ours_.empty() || wants_rest()) return false;
  bool all = true;
  for (const auto& partition : ours_) {
    if (!goals_.contains(partition)) {
      const auto marks = consumer_->watermarks(partition);
      if (marks) goals_.emplace(partition, marks->high);
    }
    const auto goal = goals_.find(partition);
    all = all && goal != goals_.end() && next_[partition] >= goal->second;
  }
  return all && has_all_partitions();
}

/// A process that was killed holds its partitions until its session ends: nobody has read them.
bool KafkaLines::has_all_partitions() {
  if (partitions_ == 0) {
    for (const auto& facts : broker_.describe({topic_})) {
      partitions_ = static_cast<std::size_t>(facts.partitions);
    }
  }
  if (partitions_ > 0 && ours_.size() >= partitions_) return true;
  problem_ = Problem{
      .code = "intake.partitions_elsewhere",
      .field = topic_,
      .message = fmt::format("{} of {} partitions belong to other members of the group",
                             partitions_ - std::min(ours_.size(), partitions_), partitions_),
      .hint =
          "those of a process that was killed come when its session ends; another one that "
          "runs needs an input.group of its own"};
  return false;
}

void KafkaLines::assign(const std::vector<TopicPartition>& partitions) {
  if (!partitions.empty()) problem_.reset();
  for (const auto& partition : partitions) {
    revoked_.erase(partition);
    ours_.insert(partition);
    auto& at = next_[partition];
    at = std::max(at, saved_of(partition));
    using Kind = kafka::StartAt::Kind;
    consumer_->start_at(partition,
                        {.kind = at == 0 ? Kind::beginning : Kind::offset, .offset = at});
  }
}

void KafkaLines::revoke(const std::vector<TopicPartition>& partitions) {
  drop_records(partitions);
  revoked_.insert(partitions.begin(), partitions.end());
}

/// What they gave and is not saved comes again, to their new owner; ids make it stored once.
void KafkaLines::lose(const std::vector<TopicPartition>& partitions) {
  drop_records(partitions);
  for (const auto& partition : partitions) {
    revoked_.erase(partition);
    ours_.erase(partition);
  }
}

void KafkaLines::drop_records(const std::vector<TopicPartition>& partitions) {
  std::erase_if(records_, [&](const kafka::ConsumerRecord& record) {
    return std::ranges::find(partitions, record.from) != partitions.end();
  });
}

void KafkaLines::saved(const Reached& reached) {
  for (const auto& place : reached.places) saved_[place.partition] = place.next;
  for (const auto& partition : ours_) {
    const auto next = saved_of(partition);
    if (next > 0) consumer_->commit_copy(partition, next);
  }
  give_back();
}

std::int64_t KafkaLines::saved_of(const TopicPartition& partition) const {
  const auto known = saved_.find(name_of(partition));
  return known == saved_.end() ? 0 : known->second;
}

void KafkaLines::give_back() {
  if (revoked_.empty()) return;
  const bool all_saved = std::ranges::all_of(revoked_, [&](const TopicPartition& partition) {
    return next_[partition] <= saved_of(partition);
  });
  if (!all_saved) return;
  consumer_->release({revoked_.begin(), revoked_.end()});
  for (const auto& partition : revoked_) ours_.erase(partition);
  revoked_.clear();
}

std::uint64_t KafkaLines::tail() {
  std::uint64_t tail = 0;
  for (const auto& [name, offset] : saved_) tail += static_cast<std::uint64_t>(offset);
  for (const auto& partition : ours_) {
    const auto marks = consumer_->watermarks(partition);
    const auto done = saved_of(partition);
    const auto met = met_.find(partition);
    const bool at_marks = met != met_.end() && marks && done >= met->second.behind_records &&
                          marks->high <= met->second.offset;
    if (marks && marks->high > done && !at_marks)
      tail += static_cast<std::uint64_t>(marks->high - done);
  }
  return tail;
}

}  // namespace

std::unique_ptr<LineSource> kafka_lines(kafka::Broker& broker, const KafkaLinesOptions& options) {
  return std::make_unique<KafkaLines>(broker, options);
}

}  // namespace tidemark::intake
