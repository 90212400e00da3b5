#include "failures.hpp"

#include <fmt/format.h>

namespace tidemark::kafka {

Failure fenced_failure(std::string_view transactional_id) {
  return Failure({.code = "kafka.fenced",
                  .message = fmt::format("another producer took over transactional id '{}', or its "
                                         "transaction outlived the transaction timeout",
                                         transactional_id),
                  .hint = "stay standby, then start again with a new producer"});
}

Failure abortable_failure(std::string_view what) {
  return Failure({.code = "kafka.abortable",
                  .message = std::string(what),
                  .hint = "abort the transaction until done, then begin anew",
                  .retryable = true});
}

Failure fatal_failure(std::string_view what) {
  return Failure({.code = "kafka.fatal",
                  .message = std::string(what),
                  .hint = "make a new producer or consumer"});
}

Failure record_too_large_failure(std::string_view topic, std::size_t bytes) {
  return Failure(
      {.code = "kafka.record_too_large",
       .message = fmt::format("a record of {} bytes for '{}' is too large", bytes, topic),
       .hint = "raise the topic's max.message.bytes and the setting message.max.bytes"});
}

Failure unknown_topic_failure(std::string_view topic) {
  return Failure({.code = "kafka.unknown_topic",
                  .message = fmt::format("there is no topic or partition '{}'", topic),
                  .hint = "create the topic, or check its name and the rights on it",
                  .retryable = true});
}

Failure out_of_range_failure(const TopicPartition& partition, std::int64_t offset) {
  return Failure(
      {.code = "kafka.offset_out_of_range",
       .message = fmt::format("offset {} of {} is not there: retention cut it, or it was "
                              "never written",
                              offset, to_string(partition)),
       .hint = "start at an offset that the broker holds, and account for the gap"});
}

Failure unreachable_failure(std::string_view what) {
  return Failure({.code = "kafka.unreachable",
                  .message = std::string(what),
                  .hint = "check bootstrap_servers and that the broker runs",
                  .retryable = true});
}

Failure admin_failure(std::string_view what) {
  return Failure({.code = "kafka.admin",
                  .message = std::string(what),
                  .hint = "check the topic's name, partitions, config, and the rights"});
}

Failure not_authorized_failure(std::string_view what) {
  return Failure({.code = "kafka.not_authorized",
                  .message = std::string(what),
                  .hint = "give this client's principal the rights that README.md lists"});
}

Failure undelivered_failure(std::string_view what) {
  return Failure({.code = "kafka.undelivered",
                  .message = std::string(what),
                  .hint = "send it again; message.timeout.ms says how long the client tries",
                  .retryable = true});
}

Failure forbidden_setting_failure(std::string_view setting) {
  return Failure({.code = "kafka.forbidden_setting",
                  .message = fmt::format("'{}' cannot be set: a promise depends on it", setting),
                  .hint = "take it out of the settings"});
}

Failure bad_setting_failure(std::string_view setting) {
  return Failure({.code = "kafka.bad_setting",
                  .message = fmt::format("the client library refuses '{}'", setting),
                  .hint = "check name and value in librdkafka's CONFIGURATION.md"});
}

Problem as_problem(const Failure& failure) {
  return {
      .code = failure.code(), .field = "", .message = failure.message(), .hint = failure.hint()};
}

std::string to_string(const TopicPartition& partition) {
  return fmt::format("{}[{}]", partition.topic, partition.partition);
}

}  // namespace tidemark::kafka
