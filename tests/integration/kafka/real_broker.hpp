#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include "contract/kafka/kafka_fixture.hpp"
#include "support/kafka_cluster.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::kafka::contract {

/// The real broker of this program, by real time.
class RealBroker : public KafkaFixture {
 public:
  Broker& broker() override { return *broker_; }

  std::string unique(std::string_view prefix) override {
    static int names = 0;
    return std::string(prefix) + "-" + std::to_string(++names);
  }

  void eventually(std::string_view what, const std::function<bool()>& is_so) override {
    const SystemClock clock;
    const auto deadline = clock.monotonic() + std::chrono::seconds(60);
    while (!is_so()) {
      if (clock.monotonic() > deadline) FAIL("never: " << std::string(what));
      test::pause_before_next_look();
    }
  }

 private:
  std::unique_ptr<Broker> broker_ =
      connect({.bootstrap_servers = test::KafkaCluster::running().bootstrap_servers()});
};

}  // namespace tidemark::kafka::contract
