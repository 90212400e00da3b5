#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tidemark/base/failure.hpp"
#include "tidemark/kafka/record.hpp"

// What the module fails with, in one place: the real broker and the loopback say the same.
namespace tidemark::kafka {

[[nodiscard]] Failure fenced_failure(std::string_view transactional_id);
[[nodiscard]] Failure abortable_failure(std::string_view what);
[[nodiscard]] Failure fatal_failure(std::string_view what);
[[nodiscard]] Failure record_too_large_failure(std::string_view topic, std::size_t bytes);
[[nodiscard]] Failure unknown_topic_failure(std::string_view topic);
[[nodiscard]] Failure out_of_range_failure(const TopicPartition& partition, std::int64_t offset);
[[nodiscard]] Failure unreachable_failure(std::string_view what);
[[nodiscard]] Failure admin_failure(std::string_view what);
[[nodiscard]] Failure not_authorized_failure(std::string_view what);
/// A record that did not arrive in time, outside a transaction.
[[nodiscard]] Failure undelivered_failure(std::string_view what);
[[nodiscard]] Failure forbidden_setting_failure(std::string_view setting);
[[nodiscard]] Failure bad_setting_failure(std::string_view setting);

/// The failure as what became of one record.
[[nodiscard]] Problem as_problem(const Failure& failure);

/// "topic[partition]", for messages.
[[nodiscard]] std::string to_string(const TopicPartition& partition);

}  // namespace tidemark::kafka
