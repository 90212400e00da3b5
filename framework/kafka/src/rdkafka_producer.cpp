#include <utility>

#include "failures.hpp"
#include "rdkafka_clients.hpp"
#include "rdkafka_config.hpp"
#include "rdkafka_producing.hpp"

namespace tidemark::kafka::rd {
namespace {

class RdProducer final : public Producer, private ClientContext {
 public:
  explicit RdProducer(const BrokerOptions& options)
      : ClientContext(options.logger), writer_(make(options, *this)) {}

  Progress send(const ProducerRecord& record, std::uint64_t tag) override {
    const auto error = writer_.produce(record, to_opaque(tag));
    if (error == nullptr) return Progress::done;
    const auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Progress::pending;
    throw_if_fatal();
    const auto bytes = record.key.size() + (record.value.has_value() ? record.value->size() : 0);
    report(tag, code, {record.topic, bytes});
    return Progress::done;
  }

  std::vector<Delivery> poll() override {
    rd_kafka_poll(writer_.client(), 0);
    throw_if_fatal();
    return std::exchange(deliveries_, {});
  }

 private:
  struct What {
    std::string_view topic;
    std::size_t bytes = 0;
  };

  static Client make(const BrokerOptions& options, ClientContext& context) {
    ClientConfig config(options, context);
    config.set("enable.idempotence", "true");
    config.set("acks", "all");
    config.set("partitioner", "murmur2_random");
    config.set("queue.buffering.max.messages", std::to_string(options.producer_queue_max));
    config.report_deliveries();
    return std::move(config).make(RD_KAFKA_PRODUCER);
  }

  // The opaque pointer of a message carries the tag itself.
  static void* to_opaque(std::uint64_t tag) {
    static_assert(sizeof(void*) >= sizeof(tag));
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(tag));
  }

  void on_delivery(const rd_kafka_message_t& message) override {
    const auto tag = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message._private));
    report(tag, message.err, {rd_kafka_topic_name(message.rkt), message.len + message.key_len});
  }

  void report(std::uint64_t tag, rd_kafka_resp_err_t error, const What& what) {
    Delivery delivery{.tag = tag, .error = {}};
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto known = record_failure(error, what.topic, what.bytes);
      delivery.error = as_problem(known.value_or(undelivered_failure(rd_kafka_err2str(error))));
    }
    deliveries_.push_back(std::move(delivery));
  }

  void throw_if_fatal() const {
    if (auto failure = fatal_failure_of(*writer_.client(), "producer")) throw std::move(*failure);
  }

  std::vector<Delivery> deliveries_;
  Writer writer_;  // last: its callbacks come to the members above
};

}  // namespace

std::unique_ptr<Producer> make_producer(const BrokerOptions& options) {
  return std::make_unique<RdProducer>(options);
}

}  // namespace tidemark::kafka::rd
