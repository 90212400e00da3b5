#include <fmt/format.h>

#include <utility>

#include "failures.hpp"
#include "rdkafka_clients.hpp"
#include "rdkafka_config.hpp"
#include "rdkafka_producing.hpp"
#include "tidemark/runtime/blocking_call.hpp"
#include "transaction_phase.hpp"

namespace tidemark::kafka::rd {
namespace {

using At = TransactionPhase::At;

constexpr int flush_ms = 1000;
constexpr int verb_ms = 2000;

/// Lets what is under way come back before the client ends. librdkafka (2.0 to 2.15) frees the text
/// of a transaction's error when it ends, and again when an answer of the broker, such as "fenced"
/// for a record in flight, comes after that: "double free" ends the process.
class Drain {
 public:
  explicit Drain(rd_kafka_t& client) : client_(client) {}
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  ~Drain() { rd_kafka_flush(&client_, flush_ms); }

 private:
  rd_kafka_t& client_;
};

/// How often an abort or a record may be refused in a row before the producer is given up.
constexpr int refusals_max = 100;

/// librdkafka's verbs block until the broker has answered, and can be resumed by calling them again
/// after a time-out. With time-outs short enough for a worker that is not safe (2.0 to 2.15): each
/// call first waits for the library's main thread, and when *that* wait times out, the library
/// forgets which verb is under way. The broker's answer then ends the process ("Invalid transaction
/// state transition": seen on a busy machine at 10 ms), and late answers are taken for those of
/// later calls, so that a commit can seem done that never began. Hence a thread of its own makes
/// the calls, with time-outs that no scheduler outlasts, and the worker looks at what came of them.
///
/// While a call is under way, only that thread touches the client and what its callbacks write.
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
    return drive([this] { return Error(rd_kafka_init_transactions(writer_.client(), verb_ms)); });
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
    if (error != nullptr) return refuse(record, *error);
    refusals_ = 0;
    return Progress::done;
  }

  Progress commit() override {
    check_finished();
    phase_.on_commit();
    check_failed();
    phase_.move_to(At::committing);
    if (!is_begun_) return reach_ready();
    return drive([this] { return commit_now(); });
  }

  Progress abort() override {
    check_finished();
    phase_.on_abort();
    phase_.move_to(At::aborting);
    if (!is_begun_) return reach_ready();
    return drive([this] { return abort_now(); });
  }

  void poll() override {
    check_finished();
    if (!is_driving_) serve();
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
    const char* topic = rd_kafka_topic_name(message.rkt);
    delivery_failure_ = record_failure(message.err, topic, message.len + message.key_len);
    if (!delivery_failure_.has_value())
      delivery_failure_ = abortable_failure(
          fmt::format("a record for '{}' failed: {}", topic, rd_kafka_err2str(message.err)));
  }

  /// Looks at the call of a verb that is under way, or has it made (again).
  template <typename Verb>
  Progress drive(Verb verb) {
    if (!is_driving_) {
      is_driving_ = true;
      call_.start([this, verb] { outcome_ = verb(); });
      return Progress::pending;
    }
    if (!call_.is_idle()) return Progress::pending;
    is_driving_ = false;
    return settle(std::exchange(outcome_, {}));
  }

  // On the thread of call_: the next three.

  Error commit_now() {
    // Delivered before the verb begins: once it is under way, it cannot be left for an abort.
    if (auto error = flush()) return error;
    if (delivery_failure_.has_value()) return nullptr;
    return Error(rd_kafka_commit_transaction(writer_.client(), verb_ms));
  }

  Error abort_now() {
    // The verb drops records, and with them, at times, the request by which the broker knows of
    // the transaction. Then the broker calls its end invalid, and the library gives up for good. So
    // what is under way is let through first, unless the library holds it back already.
    if (!has_failed_in_library()) flush();
    return Error(rd_kafka_abort_transaction(writer_.client(), verb_ms));
  }

  Error flush() {
    if (rd_kafka_flush(writer_.client(), flush_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) return nullptr;
    return Error(rd_kafka_error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, "flush"));
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
      if (has_failed_in_library()) fail(abortable_failure("the transaction failed at the broker"));
      return again();  // its begin is not through yet
    }
    const auto bytes = record.key.size() + (record.value.has_value() ? record.value->size() : 0);
    fail(record_failure(code, record.topic, bytes)
             .value_or(abortable_failure(rd_kafka_error_string(&error))));
  }

  /// Whether librdkafka waits for an abort. Asked with a verb that is refused in each state, for
  /// a reason that tells the state.
  bool has_failed_in_library() {
    const Error state(rd_kafka_begin_transaction(writer_.client()));
    return state != nullptr && rd_kafka_error_txn_requires_abort(state.get()) != 0;
  }

  /// Serves callbacks and throws what they told.
  void serve() {
    rd_kafka_poll(writer_.client(), 0);
    throw_what_was_told();
  }
  void throw_what_was_told() {
    if (auto fatal = fatal_failure_of(*writer_.client(), transactional_id_)) finish(*fatal);
    const bool may_fail = phase_.at() == At::open || phase_.at() == At::committing;
    if (may_fail && delivery_failure_.has_value()) fail(*delivery_failure_);
  }

  Progress settle(const Error& error) {
    throw_what_was_told();
    if (error == nullptr) return reach_ready();
    if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
      if (phase_.at() == At::aborting) return again();
      fail(abortable_failure(rd_kafka_error_string(error.get())));
    }
    const bool is_timeout = rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!is_timeout && rd_kafka_error_is_retriable(error.get()) == 0) finish(fatal(*error));
    return Progress::pending;
  }

  Progress again() {
    if (++refusals_ > refusals_max)
      finish(fatal_failure(transactional_id_ + ": the client library goes on refusing"));
    return Progress::pending;
  }

  Progress reach_ready() {
    phase_.move_to(At::ready);
    delivery_failure_.reset();
    refusals_ = 0;
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

  TransactionPhase phase_;
  bool is_begun_ = false;            ///< librdkafka knows of the transaction
  std::optional<Failure> finished_;  ///< why this object is of no more use
  int refusals_ = 0;
  bool is_driving_ = false;  ///< call_ makes a call, or has made it and nobody has looked

  // Of call_'s thread while it makes a call.
  std::optional<Failure> delivery_failure_;  ///< the first of this transaction
  Error outcome_;
  Writer writer_;
  const Drain drain_{*writer_.client()};

  runtime::BlockingCall call_{"kafka-producer"};  // last: the first to end
};

}  // namespace

std::unique_ptr<TransactionalProducer> make_transactional_producer(
    const BrokerOptions& options, const std::string& transactional_id, Micros transaction_timeout) {
  return std::make_unique<RdTransactionalProducer>(options, transactional_id, transaction_timeout);
}

}  // namespace tidemark::kafka::rd
