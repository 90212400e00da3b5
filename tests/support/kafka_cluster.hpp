#pragma once

#include <string>

namespace tidemark::test {

/// A real Kafka broker of this test program, on 127.0.0.1 and free ports, through
/// tools/kafka/broker.sh. It ends with the program, however that ends.
class KafkaCluster {
 public:
  /// The broker of this program; started with the first call. When it cannot be had here (no Java,
  /// no Maven, no network), the program says why and exits with 77, which ctest counts as skipped;
  /// with DEV_REQUIRE_KAFKA=1 in the environment it exits with 1.
  static KafkaCluster& running();

  KafkaCluster(const KafkaCluster&) = delete;
  KafkaCluster& operator=(const KafkaCluster&) = delete;

  [[nodiscard]] const std::string& bootstrap_servers() const { return address_; }
  /// Ends the broker cleanly. Blocks for some seconds.
  void stop();
  /// Ends the broker at once, as a power cut does.
  void kill();
  /// Starts it again after `stop` or `kill`: same ports, same data. Blocks until it answers.
  void start();

 private:
  KafkaCluster();
  ~KafkaCluster();

  const std::string folder_;
  std::string address_;
};

/// Lets a moment pass between two looks at something the broker does not signal. Cases wait for
/// conditions with a deadline, never for a time; this only keeps them from spinning.
void pause_before_next_look();

}  // namespace tidemark::test
