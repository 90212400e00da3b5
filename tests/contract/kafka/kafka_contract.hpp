#pragma once

// The contract of a Kafka broker, real or loopback. Whoever includes this has declared before it
// a type `ContractFixture` that derives from KafkaFixture.

#include "failed_transaction_suite.hpp"
#include "group_suite.hpp"
#include "producing_suite.hpp"
#include "reader_suite.hpp"
#include "transaction_suite.hpp"

namespace tidemark::kafka::contract {

TEST_CASE_TEMPLATE_INVOKE(kafka_order, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_survives, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_partition_of_key, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_partition_named, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_deliveries, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_topic_stays, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_topic_facts, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_topic_refused, ContractFixture);

TEST_CASE_TEMPLATE_INVOKE(kafka_commit_shows, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_abort_hides, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_last_stable, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_many_topics, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_empty_transaction, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_many_transactions, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_fenced_inside, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_fenced_between, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_init_aborts, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_commit_crash, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_too_large_for_client, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_too_large_for_topic, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_unknown_topic_sent, ContractFixture);

TEST_CASE_TEMPLATE_INVOKE(kafka_from_offset, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_from_end, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_start_again, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_poll_max, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_watermarks, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_out_of_range, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_unknown_partition, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_pause, ContractFixture);

TEST_CASE_TEMPLATE_INVOKE(kafka_group_start, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_shares, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_release, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_death, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_late, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_unknown_topic, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_again, ContractFixture);
TEST_CASE_TEMPLATE_INVOKE(kafka_group_leaves_unread, ContractFixture);

}  // namespace tidemark::kafka::contract
