#include "rdkafka_config.hpp"

#include <algorithm>
#include <array>

#include "failures.hpp"

namespace tidemark::kafka::rd {
namespace {

using Setting = std::pair<const char*, const char*>;

// Small waits and bounded memory; all of it may be set otherwise.
constexpr std::array<Setting, 9> defaults = {{
    {"client.id", "tidemark"},
    {"fetch.wait.max.ms", "100"},
    {"queue.buffering.max.kbytes", "131072"},
    {"queued.max.messages.kbytes", "32768"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "2000"},
    {"topic.metadata.propagation.max.ms", "5000"},
    {"topic.metadata.refresh.interval.ms", "30000"},
    {"log.connection.close", "false"},
}};

constexpr std::array<std::string_view, 26> forbidden = {
    // exactly once, in order, by key
    "enable.idempotence",
    "acks",
    "request.required.acks",
    "partitioner",
    "transactional.id",
    "transaction.timeout.ms",
    "delivery.report.only.error",
    // committed records only, from where the owner says
    "isolation.level",
    "auto.offset.reset",
    "enable.auto.commit",
    "auto.commit.enable",
    "enable.auto.offset.store",
    "offset.store.method",
    "enable.partition.eof",
    "partition.assignment.strategy",
    "group.id",
    "group.instance.id",
    // missing topics are told
    "allow.auto.create.topics",
    // options of our own say these
    "bootstrap.servers",
    "metadata.broker.list",
    "queue.buffering.max.messages",
    "queued.min.messages",
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "max.poll.interval.ms",
    // the log goes where the logger goes
    "log.queue",
};

/// Producers and consumers are given the same settings; each says which are for the other kind.
bool is_of_other_kind(std::string_view text) {
  return text.find("property and will be ignored by this") != std::string_view::npos;
}

ClientContext& context_of(const rd_kafka_t* client) {
  return *static_cast<ClientContext*>(rd_kafka_opaque(client));
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) noexcept {
  context_of(client).on_log(rd_kafka_name(client), level, facility, text);
}

void on_error(rd_kafka_t* /*client*/, int error, const char* reason, void* opaque) noexcept {
  static_cast<ClientContext*>(opaque)->on_error(static_cast<rd_kafka_resp_err_t>(error), reason);
}

void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) noexcept {
  static_cast<ClientContext*>(opaque)->on_delivery(*message);
}

void on_rebalance(rd_kafka_t* /*client*/, rd_kafka_resp_err_t what,
                  rd_kafka_topic_partition_list_t* partitions, void* opaque) noexcept {
  static_cast<ClientContext*>(opaque)->on_rebalance(what, *partitions);
}

}  // namespace

void ClientContext::on_log(const char* client, int level, const char* facility,
                           const char* text) const {
  constexpr int warning = 4;  // of syslog, as librdkafka counts
  const bool matters = level <= warning && !is_of_other_kind(text);
  const auto log_level = matters ? observe::Level::warn : observe::Level::debug;
  if (!logger_.enabled(log_level)) return;
  if (log_level == observe::Level::warn)
    logger_.warn("kafka.client", {{"client", client}, {"facility", facility}, {"text", text}});
  else
    logger_.debug("kafka.client", {{"client", client}, {"facility", facility}, {"text", text}});
}

void ClientContext::on_error(rd_kafka_resp_err_t error, const char* reason) {
  logger_.warn("kafka.client_error", {{"error", rd_kafka_err2name(error)}, {"reason", reason}});
}

ClientConfig::ClientConfig(const BrokerOptions& options, ClientContext& context)
    : conf_(rd_kafka_conf_new()) {
  for (const auto& [name, value] : defaults) set(name, value);
  for (const auto& [name, value] : options.settings) set(name.c_str(), value);
  set("bootstrap.servers", options.bootstrap_servers);
  set("allow.auto.create.topics", "false");
  rd_kafka_conf_set_opaque(conf_.get(), &context);
  rd_kafka_conf_set_log_cb(conf_.get(), &rd::on_log);
  rd_kafka_conf_set_error_cb(conf_.get(), &rd::on_error);
}

void ClientConfig::set(const char* name, const std::string& value) {
  // Not passed on: it quotes the value, which may be a password.
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf_.get(), name, value.c_str(), why.data(), why.size()) !=
      RD_KAFKA_CONF_OK)
    throw bad_setting_failure(name);
}

void ClientConfig::report_deliveries() {
  rd_kafka_conf_set_dr_msg_cb(conf_.get(), &rd::on_delivery);
}

void ClientConfig::report_rebalances() {
  rd_kafka_conf_set_rebalance_cb(conf_.get(), &rd::on_rebalance);
}

Client ClientConfig::make(rd_kafka_type_t type) && {
  std::array<char, 512> why{};
  Client client(rd_kafka_new(type, conf_.get(), why.data(), why.size()));
  if (client == nullptr) throw bad_setting_failure(why.data());
  static_cast<void>(conf_.release());  // the client's now
  return client;
}

void check_settings(const BrokerOptions& options) {
  for (const auto& [name, value] : options.settings)
    if (std::find(forbidden.begin(), forbidden.end(), name) != forbidden.end())
      throw forbidden_setting_failure(name);
  if (options.bootstrap_servers.empty()) throw bad_setting_failure("bootstrap_servers");
  class NoContext final : public ClientContext {
   public:
    NoContext() : ClientContext(observe::Logger::null()) {}
  } context;
  ClientConfig(options, context);
}

}  // namespace tidemark::kafka::rd
