#include "feed_tables.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::feed {
namespace {

constexpr std::int64_t format = 1;

constexpr const char* tables = R"(
CREATE TABLE feed_state(
  id {integer} PRIMARY KEY CHECK (id = 1),
  format {integer} NOT NULL,
  paused {integer} NOT NULL DEFAULT 0,
  pause_reason {text} NOT NULL DEFAULT '',
  event_time {integer} NOT NULL DEFAULT 0,
  committed_at {integer} NOT NULL DEFAULT 0){strict};
CREATE TABLE feed_checkpoint(
  id {integer} PRIMARY KEY CHECK (id = 1),
  position {integer} NOT NULL,
  chain {bytes} NOT NULL,
  store_id {bytes} NOT NULL){strict};
CREATE TABLE feed_offsets(
  topic {text} NOT NULL,
  partition {integer} NOT NULL,
  next_offset {integer} NOT NULL,
  newest {integer} NOT NULL DEFAULT 0,
  first_offset {integer},
  first_time {integer} NOT NULL DEFAULT 0,
  end_offset {integer} NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)){keyed};
CREATE TABLE feed_topics(
  topic {text} PRIMARY KEY,
  partitions {integer} NOT NULL){keyed};
CREATE TABLE feed_categories(
  category {text} PRIMARY KEY,
  unknown_type {text},
  unknown_at {text}){keyed};
CREATE TABLE feed_facts(
  event_id {bytes} PRIMARY KEY,
  event_time {integer} NOT NULL){keyed};
CREATE INDEX feed_facts_by_time ON feed_facts(event_time);
CREATE TABLE feed_facts_state(
  id {integer} PRIMARY KEY CHECK (id = 1),
  kept {integer} NOT NULL,
  kept_from {integer} NOT NULL,
  repeated {integer} NOT NULL,
  beyond {integer} NOT NULL){strict};
CREATE TABLE feed_facts_beyond(
  id {numbered},
  topic {text} NOT NULL,
  partition {integer} NOT NULL,
  at {integer} NOT NULL,
  event_id {bytes} NOT NULL,
  event_time {integer} NOT NULL){strict};
CREATE TABLE feed_parked(
  id {numbered},
  key {bytes} NOT NULL,
  state {text} NOT NULL CHECK (state IN ('retrying', 'parked', 'queued')),
  topic {text},
  partition {integer},
  place {integer} NOT NULL,
  stream {text} NOT NULL,
  type {text} NOT NULL,
  event_id {bytes} NOT NULL,
  reason {text} NOT NULL,
  attempts {integer} NOT NULL,
  parked_at {integer} NOT NULL,
  next_attempt_at {integer} NOT NULL,
  data {bytes} NOT NULL,
  schema {integer} NOT NULL,
  version {integer} NOT NULL,
  append_id {bytes} NOT NULL,
  event_time {integer} NOT NULL,
  recorded_at {integer} NOT NULL,
  ingested_at {integer},
  correlation_id {text} NOT NULL,
  causation_id {text} NOT NULL,
  traceparent {text} NOT NULL,
  tenant {text} NOT NULL,
  extra {bytes} NOT NULL,
  position {integer} NOT NULL,
  copied {integer} NOT NULL DEFAULT 0){strict};
CREATE INDEX feed_parked_by_key ON feed_parked(key, id);
CREATE INDEX feed_parked_first ON feed_parked(state, copied) WHERE state <> 'queued';
CREATE TABLE feed_dropped(
  id {integer} PRIMARY KEY,
  key {bytes} NOT NULL,
  state {text} NOT NULL,
  topic {text},
  partition {integer},
  place {integer} NOT NULL,
  stream {text} NOT NULL,
  type {text} NOT NULL,
  event_id {bytes} NOT NULL,
  reason {text} NOT NULL,
  attempts {integer} NOT NULL,
  parked_at {integer} NOT NULL,
  next_attempt_at {integer} NOT NULL,
  data {bytes} NOT NULL,
  copied {integer} NOT NULL,
  why {text} NOT NULL){strict};
CREATE TABLE feed_actions(
  id {numbered},
  verb {text} NOT NULL,
  subject {text} NOT NULL,
  reason {text} NOT NULL){strict};
)";

}  // namespace

void create_feed_tables(sql::Database& file) {
  const auto check = [&] {
    auto state = file.statement("SELECT format FROM feed_state");
    if (state.next() && state.integer(0) == format) return;
    throw Failure({.code = "feed.newer_format",
                   .message = fmt::format("{} was written by a later version", file.name()),
                   .hint = "run that version, or rebuild what is in this file"});
  };
  if (file.has_table("feed_state")) return check();
  sql::in_transaction(file, [&] {
    if (file.has_table("feed_state")) return;
    file.execute(sql::in_dialect(tables, file.dialect()));
    auto insert = file.prepare("INSERT INTO feed_state(id, format) VALUES (1, ?1)");
    insert.bind(1, format).run();
  });
}

void note_action(sql::Database& file, std::string_view verb, std::string_view subject,
                 std::string_view reason) {
  constexpr int kept = 10'000;
  auto insert =
      file.statement("INSERT INTO feed_actions(verb, subject, reason) VALUES (?1, ?2, ?3)");
  insert.bind_all(verb, subject, reason).run();
  auto trim = file.statement(
      "DELETE FROM feed_actions WHERE id <= (SELECT max(id) FROM feed_actions) - ?1");
  trim.bind(1, kept).run();
}

}  // namespace tidemark::feed
