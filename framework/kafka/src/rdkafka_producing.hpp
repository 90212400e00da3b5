#pragma once

#include <optional>
#include <string_view>

#include "rdkafka_handles.hpp"
#include "rdkafka_topics.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::kafka::rd {

/// A producing client and the topics it has written to. One map look-up a record, no look-up by
/// name in the library.
class Writer {
 public:
  explicit Writer(Client client) : client_(std::move(client)), topics_(*client_) {}

  [[nodiscard]] rd_kafka_t* client() const { return client_.get(); }
  /// Hands one record to the client, which copies it. `tag` comes back with its delivery report.
  Error produce(const ProducerRecord& record, void* tag);

 private:
  Client client_;
  Topics topics_;
};

/// The failure that says what is wrong with a record or the rights on its topic; none for errors
/// of another kind.
std::optional<Failure> record_failure(rd_kafka_resp_err_t error, std::string_view topic,
                                      std::size_t bytes);

/// What ended the client for good, if something did. `who` names it in the message.
std::optional<Failure> fatal_failure_of(rd_kafka_t& client, std::string_view who);

[[nodiscard]] inline bool is_authorization(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

[[nodiscard]] inline bool is_unknown_topic(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
}

}  // namespace tidemark::kafka::rd
