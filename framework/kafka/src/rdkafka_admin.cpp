#include <fmt/format.h>

#include <array>
#include <optional>

#include "failures.hpp"
#include "rdkafka_clients.hpp"
#include "rdkafka_config.hpp"
#include "rdkafka_producing.hpp"
#include "tidemark/base/clock.hpp"

namespace tidemark::kafka::rd {
namespace {

bool is_unreachable(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT ||
         error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__RESOLVE ||
         error == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE ||
         error == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
}

Failure failure_of(rd_kafka_resp_err_t error, std::string_view what, const char* why) {
  const auto text = fmt::format("{}: {}", what, why == nullptr ? rd_kafka_err2str(error) : why);
  if (is_authorization(error)) return not_authorized_failure(text);
  return is_unreachable(error) ? unreachable_failure(text) : admin_failure(text);
}

/// One client for one errand, with one deadline over all its requests.
class Admin final : private ClientContext {
 public:
  explicit Admin(const BrokerOptions& options)
      : ClientContext(options.logger),
        client_(ClientConfig(options, *this).make(RD_KAFKA_PRODUCER)),
        queue_(rd_kafka_queue_new(client_.get())),
        deadline_(clock_.monotonic() + options.admin_timeout) {}

  void create(const std::vector<TopicSpec>& topics) {
    std::vector<Handle<rd_kafka_NewTopic_t>> owned;
    std::vector<rd_kafka_NewTopic_t*> asked;
    for (const auto& topic : topics) {
      owned.push_back(to_new_topic(topic));
      asked.push_back(owned.back().get());
    }
    const auto options = admin_options(RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(client_.get(), asked.data(), asked.size(), options.get(), queue_.get());
    const auto event = answer("create topics");
    std::size_t count = 0;
    const auto* results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (std::size_t index = 0; index < count; ++index) {
      const auto error = rd_kafka_topic_result_error(results[index]);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        continue;
      throw failure_of(error, rd_kafka_topic_result_name(results[index]),
                       rd_kafka_topic_result_error_string(results[index]));
    }
    // A broker may answer before it knows the topic itself.
    for (const auto& topic : topics)
      while (!partitions_of(topic.name).has_value()) continue;
  }

  std::optional<std::int32_t> partitions_of(const std::string& topic) {
    const Handle<rd_kafka_topic_t> handle(
        rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, handle.get(), &raw, left_ms(topic));
    const Handle<const rd_kafka_metadata_t> metadata(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw failure_of(error, topic, nullptr);
    if (metadata->topic_cnt != 1) return std::nullopt;
    const auto& found = metadata->topics[0];
    if (is_unknown_topic(found.err) || found.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
      return std::nullopt;
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) throw failure_of(found.err, topic, nullptr);
    return found.partition_cnt;
  }

  void add_config(std::vector<TopicFacts>& topics) {
    std::vector<Handle<rd_kafka_ConfigResource_t>> owned;
    std::vector<rd_kafka_ConfigResource_t*> asked;
    for (const auto& topic : topics) {
      owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
      asked.push_back(owned.back().get());
    }
    const auto options = admin_options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_DescribeConfigs(client_.get(), asked.data(), asked.size(), options.get(),
                             queue_.get());
    const auto event = answer("describe topics");
    std::size_t count = 0;
    const auto* results = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    for (std::size_t index = 0; index < count; ++index) add_config(topics, *results[index]);
  }

 private:
  static Handle<rd_kafka_NewTopic_t> to_new_topic(const TopicSpec& topic) {
    std::array<char, 256> why{};
    Handle<rd_kafka_NewTopic_t> made(rd_kafka_NewTopic_new(
        topic.name.c_str(), topic.partitions, topic.replication, why.data(), why.size()));
    if (made == nullptr || topic.partitions < 1)
      throw admin_failure(fmt::format("topic '{}' with {} partitions: {}", topic.name,
                                      topic.partitions, why.data()));
    for (const auto& [name, value] : topic.config)
      rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
    return made;
  }

  static void add_config(std::vector<TopicFacts>& topics,
                         const rd_kafka_ConfigResource_t& resource) {
    const std::string_view name = rd_kafka_ConfigResource_name(&resource);
    if (const auto error = rd_kafka_ConfigResource_error(&resource);
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw failure_of(error, name, rd_kafka_ConfigResource_error_string(&resource));
    std::size_t count = 0;
    const auto* entries = rd_kafka_ConfigResource_configs(&resource, &count);
    for (auto& topic : topics) {
      if (topic.name != name) continue;
      for (std::size_t index = 0; index < count; ++index)
        if (const char* value = rd_kafka_ConfigEntry_value(entries[index]))
          topic.config[rd_kafka_ConfigEntry_name(entries[index])] = value;
    }
  }

  Handle<rd_kafka_AdminOptions_t> admin_options(rd_kafka_admin_op_t what) {
    Handle<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client_.get(), what));
    std::array<char, 256> why{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), left_ms("topics"), why.data(),
                                              why.size());
    return options;
  }

  Handle<rd_kafka_event_t> answer(const char* what) {
    Handle<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), left_ms(what)));
    if (event == nullptr) throw unreachable_failure(fmt::format("{}: no answer", what));
    if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw failure_of(error, what, rd_kafka_event_error_string(event.get()));
    return event;
  }

  int left_ms(std::string_view what) const {
    using std::chrono::milliseconds;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - clock_.monotonic());
    if (left.count() <= 0) throw unreachable_failure(fmt::format("{}: no answer in time", what));
    return static_cast<int>(left.count());
  }

  const SystemClock clock_;
  Client client_;
  Handle<rd_kafka_queue_t> queue_;
  const Micros deadline_;
};

}  // namespace

void ensure_topics(const BrokerOptions& options, const std::vector<TopicSpec>& topics) {
  if (!topics.empty()) Admin(options).create(topics);
}

std::vector<TopicFacts> describe(const BrokerOptions& options,
                                 const std::vector<std::string>& topics) {
  std::vector<TopicFacts> facts;
  if (topics.empty()) return facts;
  Admin admin(options);
  for (const auto& topic : topics)
    if (const auto partitions = admin.partitions_of(topic))
      facts.push_back({.name = topic, .partitions = *partitions});
  if (!facts.empty()) admin.add_config(facts);
  return facts;
}

}  // namespace tidemark::kafka::rd
