#include <fmt/format.h>

#include <utility>

#include "failures.hpp"
#include "rdkafka_clients.hpp"
#include "rdkafka_config.hpp"
#include "rdkafka_producing.hpp"
#include "tidemark/base/clock.hpp"
#include "transaction_phase.hpp"

namespace tidemark::kafka::rd {
namespace {

using At = TransactionPhase::At;

/// Waits at most this long in each call of a verb; librdkafka goes on in the background.
constexpr int step_ms = 10;

/// How often in one verb librdkafka may be found out of step before the producer is given up.
constexpr int missteps_max = 20;

/// librdkafka's verbs are resumed by calling them again after a time-out, with two traps (seen in
/// its sources, 2.0 to 2.15). Each call first asks its main thread to begin the verb. When *that*
/// wait times out, the call is over for the library ("not resumable"), its answer still comes, and
/// later calls take late answers for their own: two of them, and a commit that never happened
/// answers success. So after each time-out we ask whether the verb is still known to be under way,
/// and if not, leave the library alone until no late answer can be left. The second trap is a begin
/// that returns before it is done: records are refused for a moment, and are sent again.
class RdTransactionalProducer final : public TransactionalProducer, private ClientContext {
 public:
  RdTransactionalProducer(const BrokerOptions& options, const std::string& transactional_id,
                          Micros timeout)
      : ClientContext(options.logger),
        transactional_id_(transactional_id),
        writer_(make(options, *this, transactional_id, timeout)) {}

  Progress init() override {
    check_finished();
    phase_.on_init();
    phase_.move_to(At::initialising);
    rd_kafka_poll(writer_.client(), 0);
    const Error error(rd_kafka_init_transactions(writer_.client(), step_ms));
    if (error == nullptr) return reach_ready();
    if (rd_kafka_error_is_retriable(error.get()) != 0) return Progress::pending;
    finish(fatal_failure_of(*writer_.client(), transactional_id_).value_or(fatal(*error)));
  }

  void begin() override {
    check_finished();
    phase_.on_begin();
    phase_.move_to(At::open);
    // librdkafka hears of it with the first record: of an empty transaction it hears nothing.
    is_begun_ = false;
  }

  Progress send(const ProducerRecord& record) override {
    check_finished();
    phase_.on_send();
    check_failed();
    if (!is_begun_) begin_now();
    const auto error = writer_.produce(record, nullptr);
    return error == nullptr ? Progress::done : refuse(record, *error);
  }

  Progress commit() override {
    check_finished();
    phase_.on_commit();
    check_failed();
    phase_.move_to(At::committing);
    serve();
    if (!is_begun_) return reach_ready();
    if (is_resting()) return Progress::pending;
    // Flushed before the verb, so that the verb has nothing to wait for but the broker's answer.
    if (rd_kafka_outq_len(writer_.client()) > 0) rd_kafka_flush(writer_.client(), step_ms);
    serve();
    if (rd_kafka_outq_len(writer_.client()) > 0) return Progress::pending;
    return settle(Error(rd_kafka_commit_transaction(writer_.client(), step_ms)));
  }

  Progress abort() override {
    check_finished();
    phase_.on_abort();
    phase_.move_to(At::aborting);
    serve();
    if (!is_begun_) return reach_ready();
    if (is_resting()) return Progress::pending;
    return settle(Error(rd_kafka_abort_transaction(writer_.client(), step_ms)));
  }

  void poll() override {
    check_finished();
    serve();
  }

 private:
  static Client make(const BrokerOptions& options, ClientContext& context,
                     const std::string& transactional_id, Micros timeout) {
    ClientConfig config(options, context);
    const auto timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
    config.set("transactional.id", transactional_id);
    config.set("transaction.timeout.ms", std::to_string(timeout_ms));
    config.set("enable.idempotence", "true");
    config.set("acks", "all");
    config.set("partitioner", "murmur2_random");
    config.set("queue.buffering.max.messages", std::to_string(options.producer_queue_max));
    config.report_deliveries();
    return std::move(config).make(RD_KAFKA_PRODUCER);
  }

  void on_delivery(const rd_kafka_message_t& message) override {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR || delivery_failure_.has_value()) return;
    if (phase_.at() == At::aborting) return;  // purged by the abort
    const char* topic = rd_kafka_topic_name(message.rkt);
    delivery_failure_ = record_failure(message.err, topic, message.len + message.key_len);
    if (!delivery_failure_.has_value())
      delivery_failure_ = abortable_failure(
          fmt::format("a record for '{}' failed: {}", topic, rd_kafka_err2str(message.err)));
  }

  void begin_now() {
    const Error error(rd_kafka_begin_transaction(writer_.client()));
    is_begun_ = true;
    if (error != nullptr)
      finish(fatal_failure_of(*writer_.client(), transactional_id_).value_or(fatal(*error)));
  }

  Progress refuse(const ProducerRecord& record, const rd_kafka_error_t& error) {
    const auto code = rd_kafka_error_code(&error);
    serve();
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Progress::pending;
    if (code == RD_KAFKA_RESP_ERR__STATE) {
      // Not begun yet, or failed meanwhile: the answer to another begin says which.
      const Error state(rd_kafka_begin_transaction(writer_.client()));
      if (state == nullptr || rd_kafka_error_txn_requires_abort(state.get()) == 0)
        return step_missed();
      fail(abortable_failure(rd_kafka_error_string(state.get())));
    }
    const auto bytes = record.key.size() + (record.value.has_value() ? record.value->size() : 0);
    fail(record_failure(code, record.topic, bytes)
             .value_or(abortable_failure(rd_kafka_error_string(&error))));
  }

  /// Serves callbacks and throws what they told.
  void serve() {
    rd_kafka_poll(writer_.client(), 0);
    if (auto fatal = fatal_failure_of(*writer_.client(), transactional_id_))
      finish(std::move(*fatal));
    const bool may_fail = phase_.at() == At::open || phase_.at() == At::committing;
    if (may_fail && delivery_failure_.has_value()) fail(*delivery_failure_);
  }

  Progress settle(const Error& error) {
    if (error == nullptr) return reach_ready();
    if (auto fatal = fatal_failure_of(*writer_.client(), transactional_id_))
      finish(std::move(*fatal));
    const bool is_abort = phase_.at() == At::aborting;
    if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
      if (is_abort) return step_missed();
      fail(delivery_failure_.value_or(abortable_failure(rd_kafka_error_string(error.get()))));
    }
    if (rd_kafka_error_is_retriable(error.get()) == 0) finish(fatal(*error));
    return is_under_way() ? Progress::pending : step_missed();
  }

  /// Whether librdkafka takes the next call of the verb as the same one. Another verb is refused
  /// as in conflict then, and only then.
  bool is_under_way() {
    const Error probe(rd_kafka_begin_transaction(writer_.client()));
    return probe != nullptr && rd_kafka_error_code(probe.get()) == RD_KAFKA_RESP_ERR__CONFLICT;
  }

  Progress step_missed() {
    if (++missteps_ > missteps_max)
      finish(fatal_failure("the client library lost step with the transaction"));
    rest_until_ = clock_.monotonic() + std::chrono::milliseconds(50);
    return Progress::pending;
  }
  [[nodiscard]] bool is_resting() const { return clock_.monotonic() < rest_until_; }

  Progress reach_ready() {
    phase_.move_to(At::ready);
    delivery_failure_.reset();
    missteps_ = 0;
    return Progress::done;
  }

  [[noreturn]] void fail(const Failure& failure) {
    phase_.move_to(At::failed);
    throw failure;
  }
  [[noreturn]] void finish(const Failure& failure) {
    finished_ = failure;
    throw failure;
  }
  void check_finished() const {
    if (finished_.has_value()) throw *finished_;
  }
  void check_failed() const {
    if (phase_.at() == At::failed) throw abortable_failure("a record of the transaction failed");
  }
  [[nodiscard]] Failure fatal(const rd_kafka_error_t& error) const {
    return fatal_failure(fmt::format("{}: {}", transactional_id_, rd_kafka_error_string(&error)));
  }

  const std::string transactional_id_;
  const SystemClock clock_;

  TransactionPhase phase_;
  bool is_begun_ = false;                    ///< librdkafka knows of the transaction
  std::optional<Failure> delivery_failure_;  ///< the first of this transaction
  std::optional<Failure> finished_;          ///< why this object is of no more use
  int missteps_ = 0;
  Micros rest_until_{0};
  Writer writer_;  // last: its callbacks come to the members above
};

}  // namespace

std::unique_ptr<TransactionalProducer> make_transactional_producer(
    const BrokerOptions& options, const std::string& transactional_id, Micros transaction_timeout) {
  return std::make_unique<RdTransactionalProducer>(options, transactional_id, transaction_timeout);
}

}  // namespace tidemark::kafka::rd
