#pragma once

#include <string>
#include <string_view>

#include "rdkafka_handles.hpp"
#include "tidemark/kafka/broker.hpp"

namespace tidemark::kafka::rd {

/// What librdkafka's callbacks come back to. Lives longer than its client and at one address.
///
/// Log lines come from librdkafka's threads; everything else comes inside a poll of ours. Nothing
/// thrown gets out into C: it ends the process.
class ClientContext {
 public:
  explicit ClientContext(observe::Logger logger) : logger_(std::move(logger)) {}
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  virtual void on_delivery(const rd_kafka_message_t& /*message*/) {}
  virtual void on_rebalance(rd_kafka_resp_err_t /*what*/,
                            const rd_kafka_topic_partition_list_t& /*partitions*/) {}
  virtual void on_error(rd_kafka_resp_err_t error, const char* reason);
  void on_log(const char* client, int level, const char* facility, const char* text) const;

  [[nodiscard]] const observe::Logger& logger() const { return logger_; }

 protected:
  ~ClientContext() = default;

 private:
  const observe::Logger logger_;
};

/// The configuration of one client: our defaults, then the user's settings, then what our promises
/// need, which the user cannot set.
class ClientConfig {
 public:
  ClientConfig(const BrokerOptions& options, ClientContext& context);
  /// Throws "kafka.bad_setting".
  void set(const char* name, const std::string& value);
  void report_deliveries();
  void report_rebalances();
  Client make(rd_kafka_type_t type) &&;

 private:
  Handle<rd_kafka_conf_t> conf_;
};

/// Throws "kafka.forbidden_setting" and "kafka.bad_setting".
void check_settings(const BrokerOptions& options);

}  // namespace tidemark::kafka::rd
