#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/base/failure.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::relay_test {

/// What goes wrong with one call of a transactional producer.
enum class Fault : std::uint8_t {
  none,
  pending,      ///< no answer: nothing happened
  abortable,    ///< the transaction failed
  no_topic,     ///< the topic is gone, and with it the transaction
  fatal,        ///< the producer failed, and the call did not reach the broker
  fatal_after,  ///< the producer failed, and the call did reach the broker
};
enum class Verb : std::uint8_t { init, send, commit, abort };

/// A broker whose transactional producers fail as told, and that keeps what they sent.
class FaultyBroker final : public kafka::Broker {
 public:
  using Plan = std::function<Fault(Verb)>;
  using Transaction = std::vector<kafka::ProducerRecord>;

  explicit FaultyBroker(kafka::Broker& inner) : inner_(inner) {}

  Plan plan = [](Verb) { return Fault::none; };
  Transaction open;                    ///< what was sent since the last begin
  int described = 0;                   ///< how often topics were asked for
  std::vector<Transaction> committed;  ///< of producers that lived to see it

  void ensure_topics(const std::vector<kafka::TopicSpec>& topics) override {
    inner_.ensure_topics(topics);
  }
  std::vector<kafka::TopicFacts> describe(const std::vector<std::string>& topics) override {
    ++described;
    return inner_.describe(topics);
  }
  std::unique_ptr<kafka::TransactionalProducer> transactional_producer(const std::string& id,
                                                                       Micros timeout) override {
    return std::make_unique<FaultyProducer>(*this, inner_.transactional_producer(id, timeout));
  }
  std::unique_ptr<kafka::Producer> producer() override { return inner_.producer(); }
  std::unique_ptr<kafka::Consumer> consumer(const kafka::ConsumerOptions& options) override {
    return inner_.consumer(options);
  }
  std::unique_ptr<kafka::Consumer> reader(bool read_committed) override {
    return inner_.reader(read_committed);
  }

 private:
  class FaultyProducer final : public kafka::TransactionalProducer {
   public:
    FaultyProducer(FaultyBroker& broker, std::unique_ptr<kafka::TransactionalProducer> inner)
        : broker_(broker), inner_(std::move(inner)) {}

    kafka::Progress init() override {
      return call(Verb::init, [&] { return inner_->init(); });
    }
    void begin() override {
      broker_.open.clear();
      inner_->begin();
    }
    kafka::Progress send(const kafka::ProducerRecord& record) override {
      const auto sent = call(Verb::send, [&] { return inner_->send(record); });
      if (sent == kafka::Progress::done) broker_.open.push_back(record);
      return sent;
    }
    kafka::Progress commit() override {
      const auto done = call(Verb::commit, [&] { return inner_->commit(); });
      if (done == kafka::Progress::done) broker_.committed.push_back(broker_.open);
      is_ending_ = done == kafka::Progress::pending;
      return done;
    }
    kafka::Progress abort() override {
      const auto done = call(Verb::abort, [&] { return inner_->abort(); });
      is_ending_ = done == kafka::Progress::pending;
      return done;
    }
    void poll() override { inner_->poll(); }

   private:
    template <typename Call>
    kafka::Progress call(Verb verb, Call&& inner_call) {
      const auto fault = broker_.plan(verb);
      switch (fault) {
        case Fault::none:
          return inner_call();
        case Fault::pending:
          return kafka::Progress::pending;
        case Fault::abortable:
          // Once the broker was told to commit it is too late for that.
          if (is_ending_ || verb == Verb::init || verb == Verb::abort) return inner_call();
          throw Failure({.code = "kafka.abortable", .message = "planned", .retryable = true});
        case Fault::no_topic:
          throw Failure({.code = "kafka.unknown_topic", .message = "planned", .retryable = true});
        case Fault::fatal_after:
          static_cast<void>(inner_call());
          break;
        case Fault::fatal:
          break;
      }
      throw Failure({.code = "kafka.fatal", .message = "planned"});
    }

    FaultyBroker& broker_;
    const std::unique_ptr<kafka::TransactionalProducer> inner_;
    bool is_ending_ = false;
  };

  kafka::Broker& inner_;
};

}  // namespace tidemark::relay_test
