#include "tidemark/kafka/loopback.hpp"

#include <doctest/doctest.h>

#include "kafka_fixture.hpp"

namespace tidemark::kafka::contract {

/// A loopback broker whose time passes while a case waits.
class ContractFixture final : public KafkaFixture {
 public:
  Broker& broker() override { return *broker_; }
  std::string unique(std::string_view prefix) override {
    return std::string(prefix) + "-" + std::to_string(++names_);
  }
  void eventually(std::string_view what, const std::function<bool()>& is_so) override {
    for (int tries = 0; tries < 10'000; ++tries) {
      if (is_so()) return;
      clock_.advance(std::chrono::milliseconds(10));
    }
    FAIL("never: " << std::string(what));
  }

 private:
  ManualClock clock_{UtcTime::from_micros(1'795'237'362'000'000)};
  std::unique_ptr<LoopbackBroker> broker_ = LoopbackBroker::create(clock_);
  int names_ = 0;
};

}  // namespace tidemark::kafka::contract

#include "kafka_contract.hpp"
