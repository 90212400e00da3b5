#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "failures.hpp"
#include "rdkafka_assignment.hpp"
#include "rdkafka_clients.hpp"
#include "rdkafka_config.hpp"
#include "rdkafka_producing.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::kafka::rd {
namespace {

constexpr auto close_at_most = std::chrono::seconds(3);

std::string bytes_of(const void* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

RecordHeaders headers_of(const rd_kafka_message_t& message) {
  RecordHeaders headers;
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t index = 0;
       rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++index)
    headers.emplace_back(name, bytes_of(value, size));
  return headers;
}

ConsumerRecord to_record(const rd_kafka_message_t& message, TopicPartition from) {
  const auto time_ms = rd_kafka_message_timestamp(&message, nullptr);
  ConsumerRecord record{
      .from = std::move(from),
      .offset = message.offset,
      .key = bytes_of(message.key, message.key_len),
      .value = {},
      .headers = headers_of(message),
      .time = UtcTime(std::chrono::milliseconds(std::max<std::int64_t>(0, time_ms)))};
  if (message.payload != nullptr) record.value = bytes_of(message.payload, message.len);
  return record;
}

/// A member of a group, or a reader, which has a group's name but never joins it.
class RdConsumer final : public Consumer, private ClientContext {
 public:
  RdConsumer(const BrokerOptions& options, const ConsumerOptions& consumer)
      : ClientContext(options.logger),
        is_in_group_(!consumer.topics.empty()),
        session_(std::make_unique<Session>(make(options, consumer, *this), is_in_group_)) {
    rd_kafka_poll_set_consumer(client());
    if (is_in_group_) subscribe(consumer.topics);
  }

  std::vector<ConsumerEvent> poll(std::size_t max) override {
    if (session_ == nullptr) return {};
    throw_next_failure();
    while (events_.size() < max) {
      const Handle<rd_kafka_message_t> message(rd_kafka_consumer_poll(client(), 0));
      if (message == nullptr) break;
      take(*message);
    }
    if (auto fatal = fatal_failure_of(*client(), "consumer")) throw std::move(*fatal);
    const auto count = static_cast<std::ptrdiff_t>(std::min(max, events_.size()));
    std::vector<ConsumerEvent> events(std::make_move_iterator(events_.begin()),
                                      std::make_move_iterator(events_.begin() + count));
    events_.erase(events_.begin(), events_.begin() + count);
    if (events.empty()) throw_next_failure();
    return events;
  }

  void start_at(const TopicPartition& partition, StartAt start) override {
    if (session_ != nullptr) session_->assignment.start(partition, start);
  }
  void pause(const std::vector<TopicPartition>& partitions) override {
    if (session_ != nullptr) session_->assignment.pause(partitions);
  }
  void resume(const std::vector<TopicPartition>& partitions) override {
    if (session_ != nullptr) session_->assignment.resume(partitions);
  }
  void release(const std::vector<TopicPartition>& partitions) override {
    if (session_ != nullptr) session_->assignment.release(partitions);
  }

  void commit_copy(const TopicPartition& partition, std::int64_t next_offset) override {
    if (session_ == nullptr || !is_in_group_) return;
    auto list = to_list({partition});
    list->elems[0].offset = next_offset;
    rd_kafka_commit(client(), list.get(), 1 /* not awaited */);
  }

  std::optional<Watermarks> watermarks(const TopicPartition& partition) override {
    Watermarks marks;
    if (session_ == nullptr ||
        rd_kafka_get_watermark_offsets(client(), partition.topic.c_str(), partition.partition,
                                       &marks.low, &marks.high) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return std::nullopt;
    // Negative until the broker has answered the first fetch.
    return marks.low >= 0 && marks.high >= 0 ? std::optional(marks) : std::nullopt;
  }

  void close() noexcept override {
    if (session_ == nullptr) return;
    try {
      is_closing_ = true;
      session_->assignment.drop_revoked();
      leave();
    } catch (const std::exception& error) {
      logger().warn("kafka.close_failed", {{"reason", error.what()}});
    }
    events_.clear();
    failures_.clear();
    session_.reset();
  }

 private:
  struct Session {
    Session(Client made, bool is_in_group)
        : client(std::move(made)), assignment(*client, is_in_group) {}
    Client client;
    PartitionAssignment assignment;
  };

  [[nodiscard]] rd_kafka_t* client() const { return session_->client.get(); }

  static Client make(const BrokerOptions& options, const ConsumerOptions& consumer,
                     ClientContext& context) {
    using std::chrono::milliseconds;
    const auto in_ms = [](Micros time) {
      return std::to_string(std::chrono::duration_cast<milliseconds>(time).count());
    };
    ClientConfig config(options, context);
    config.set("group.id", consumer.group);
    config.set("enable.auto.commit", "false");
    config.set("enable.auto.offset.store", "false");
    config.set("auto.offset.reset", "error");
    config.set("enable.partition.eof", "true");
    config.set("isolation.level", consumer.read_committed ? "read_committed" : "read_uncommitted");
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("session.timeout.ms", in_ms(consumer.session_timeout));
    config.set("heartbeat.interval.ms",
               in_ms(std::min<Micros>(milliseconds(3000), consumer.session_timeout / 4)));
    config.set("max.poll.interval.ms",
               in_ms(std::max(consumer.max_poll_interval, consumer.session_timeout)));
    config.set("queued.min.messages",
               std::to_string(std::clamp<std::size_t>(consumer.queued_records_max, 1, 10'000'000)));
    config.report_rebalances();
    return std::move(config).make(RD_KAFKA_CONSUMER);
  }

  void subscribe(const std::vector<std::string>& topics) {
    std::vector<TopicPartition> names;
    names.reserve(topics.size());
    for (const auto& topic : topics) names.push_back({topic, RD_KAFKA_PARTITION_UA});
    const auto error = rd_kafka_subscribe(client(), to_list(names).get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw fatal_failure(fmt::format("subscribe: {}", rd_kafka_err2str(error)));
  }

  void take(const rd_kafka_message_t& message) {
    TopicPartition from{message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt),
                        message.partition};
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return take_error(message, std::move(from));
    if (session_->assignment.is_read(from))
      events_.emplace_back(to_record(message, std::move(from)));
  }

  void take_error(const rd_kafka_message_t& message, TopicPartition from) {
    const bool is_read = session_->assignment.is_read(from);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (is_read)
        events_.emplace_back(ReachedEnd{.partition = std::move(from), .offset = message.offset});
    } else if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      session_->assignment.stopped(from);
      if (is_read) failures_.push_back(out_of_range_failure(from, message.offset));
    } else if (is_unknown_topic(message.err)) {
      session_->assignment.stopped(from);
      failures_.push_back(unknown_topic_failure(
          message.partition < 0 ? bytes_of(message.payload, message.len) : to_string(from)));
    } else if (is_authorization(message.err)) {
      failures_.push_back(not_authorized_failure(bytes_of(message.payload, message.len)));
    } else if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) {
      // The group went on without us; a revocation that waits for `release` hears nothing of it.
      lose(session_->assignment.drop_revoked());
    } else {
      on_error(message.err, rd_kafka_message_errstr(&message));
    }
  }

  void on_error(rd_kafka_resp_err_t error, const char* reason) override {
    if (is_unknown_topic(error))
      failures_.push_back(unknown_topic_failure(reason));
    else
      ClientContext::on_error(error, reason);
  }

  void on_rebalance(rd_kafka_resp_err_t what,
                    const rd_kafka_topic_partition_list_t& list) override {
    try {
      rebalance(what, to_partitions(list));
    } catch (const Failure& failure) {
      failures_.push_back(failure);
    }
  }

  void rebalance(rd_kafka_resp_err_t what, std::vector<TopicPartition> partitions) {
    if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      session_->assignment.give(partitions);
      if (!is_closing_ && !partitions.empty())
        events_.emplace_back(Assigned{std::move(partitions)});
    } else if (is_closing_) {
      session_->assignment.drop(partitions);
    } else if (rd_kafka_assignment_lost(client()) != 0) {
      session_->assignment.drop(partitions);
      lose(std::move(partitions));
    } else {
      session_->assignment.revoke(partitions);
      if (!partitions.empty()) events_.emplace_back(Revoked{std::move(partitions)});
    }
  }

  void lose(std::vector<TopicPartition> partitions) {
    if (!partitions.empty()) events_.emplace_back(Lost{std::move(partitions)});
  }

  /// Leaves the group in an orderly way, if the broker lets us in time.
  void leave() {
    const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client()));
    const Error error(rd_kafka_consumer_close_queue(client(), queue.get()));
    if (error != nullptr) return;
    const SystemClock clock;
    const auto deadline = clock.monotonic() + close_at_most;
    while (rd_kafka_consumer_closed(client()) == 0 && clock.monotonic() < deadline) {
      // Records that were fetched come too. Where callbacks serve the queue, librdkafka 2.0 aborts
      // the process when it meets one; events may be left alone.
      const Handle<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), 20));
      if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_REBALANCE) continue;
      const auto* list = rd_kafka_event_topic_partition_list(event.get());
      if (list != nullptr) on_rebalance(rd_kafka_event_error(event.get()), *list);
    }
  }

  void throw_next_failure() {
    if (failures_.empty()) return;
    const auto failure = std::move(failures_.front());
    failures_.pop_front();
    throw Failure(failure);
  }

  const bool is_in_group_;
  bool is_closing_ = false;
  std::deque<ConsumerEvent> events_;
  std::deque<Failure> failures_;
  std::unique_ptr<Session> session_;  ///< none: closed. Last: its callbacks come to the above
};

}  // namespace

std::unique_ptr<Consumer> make_group_consumer(const BrokerOptions& options,
                                              const ConsumerOptions& consumer) {
  return std::make_unique<RdConsumer>(options, consumer);
}

std::unique_ptr<Consumer> make_reader(const BrokerOptions& options, bool read_committed) {
  // librdkafka assigns partitions only to who has a group's name.
  return std::make_unique<RdConsumer>(
      options,
      ConsumerOptions{.group = "tidemark.reader", .topics = {}, .read_committed = read_committed});
}

}  // namespace tidemark::kafka::rd
