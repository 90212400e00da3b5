#include "rdkafka_assignment.hpp"

#include <fmt/format.h>

#include <utility>

#include "failures.hpp"

namespace tidemark::kafka::rd {
namespace {

constexpr int seek_ms = 100;

std::int64_t offset_of(StartAt start) {
  switch (start.kind) {
    case StartAt::Kind::beginning:
      return RD_KAFKA_OFFSET_BEGINNING;
    case StartAt::Kind::end:
      return RD_KAFKA_OFFSET_END;
    case StartAt::Kind::offset:
      break;
  }
  return start.offset;
}

PartitionList list_of(const TopicPartition& partition, std::int64_t offset) {
  auto list = to_list({partition});
  list->elems[0].offset = offset;
  return list;
}

void check(const Error& error, const char* what) {
  if (error != nullptr)
    throw fatal_failure(fmt::format("{}: {}", what, rd_kafka_error_string(error.get())));
}

}  // namespace

void PartitionAssignment::give(const std::vector<TopicPartition>& partitions) {
  given_.insert(partitions.begin(), partitions.end());
  // Answers the group; what is read is added by `start`.
  check(Error(rd_kafka_incremental_assign(&client_, to_list({}).get())), "assign");
}

void PartitionAssignment::revoke(const std::vector<TopicPartition>& partitions) {
  revoked_.insert(partitions.begin(), partitions.end());
  unreleased_ = revoked_;
  if (unreleased_.empty()) finish_revocation();
}

void PartitionAssignment::release(const std::vector<TopicPartition>& partitions) {
  if (unreleased_.empty()) return;
  for (const auto& partition : partitions) unreleased_.erase(partition);
  if (unreleased_.empty()) finish_revocation();
}

void PartitionAssignment::finish_revocation() {
  const auto revoked = std::exchange(revoked_, {});
  unreleased_.clear();
  drop({revoked.begin(), revoked.end()});
  for (const auto& [partition, start_at] : std::exchange(postponed_, {}))
    start(partition, start_at);
}

std::vector<TopicPartition> PartitionAssignment::drop_revoked() {
  std::vector<TopicPartition> revoked(revoked_.begin(), revoked_.end());
  if (!revoked.empty()) finish_revocation();
  return revoked;
}

void PartitionAssignment::drop(const std::vector<TopicPartition>& partitions) {
  unassign(partitions);
  for (const auto& partition : partitions) {
    given_.erase(partition);
    paused_.erase(partition);
    revoked_.erase(partition);
    unreleased_.erase(partition);
    postponed_.erase(partition);
  }
}

void PartitionAssignment::start(const TopicPartition& partition, StartAt start) {
  const bool is_ours = !is_in_group_ || given_.contains(partition);
  if (!is_ours || revoked_.contains(partition)) return;
  const auto offset = offset_of(start);
  if (!started_.contains(partition)) return assign(partition, offset);
  if (!stopped_.contains(partition) && seek(partition, offset)) return;
  // Unassigning anything would answer a rebalance that waits for `release`.
  if (!revoked_.empty()) {
    postponed_[partition] = start;
    return;
  }
  unassign({partition});
  assign(partition, offset);
}

void PartitionAssignment::assign(const TopicPartition& partition, std::int64_t offset) {
  topics_.open(partition.topic);
  check(Error(rd_kafka_incremental_assign(&client_, list_of(partition, offset).get())), "assign");
  started_.insert(partition);
  if (paused_.contains(partition)) pause({partition});
}

bool PartitionAssignment::seek(const TopicPartition& partition, std::int64_t offset) {
  const auto list = list_of(partition, offset);
  const Error error(rd_kafka_seek_partitions(&client_, list.get(), seek_ms));
  return error == nullptr && list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void PartitionAssignment::unassign(const std::vector<TopicPartition>& partitions) {
  std::vector<TopicPartition> assigned;
  for (const auto& partition : partitions) {
    stopped_.erase(partition);
    if (started_.erase(partition) > 0) assigned.push_back(partition);
  }
  check(Error(rd_kafka_incremental_unassign(&client_, to_list(assigned).get())), "unassign");
}

void PartitionAssignment::pause(const std::vector<TopicPartition>& partitions) {
  paused_.insert(partitions.begin(), partitions.end());
  rd_kafka_pause_partitions(&client_, to_list(partitions).get());
}

void PartitionAssignment::resume(const std::vector<TopicPartition>& partitions) {
  for (const auto& partition : partitions) paused_.erase(partition);
  rd_kafka_resume_partitions(&client_, to_list(partitions).get());
}

}  // namespace tidemark::kafka::rd
