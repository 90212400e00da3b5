#include <fmt/format.h>

#include "layout.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection/handler.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::projection {
namespace {

constexpr std::string_view steps[] = {R"(
CREATE TABLE model_state(
  id {integer} PRIMARY KEY CHECK (id = 1),
  projection {text} NOT NULL,
  version {integer} NOT NULL,
  layout {text} NOT NULL,
  model_id {bytes} NOT NULL,
  watermark {integer},
  late_events {integer} NOT NULL DEFAULT 0){strict};
CREATE TABLE model_watermarks(
  topic {text} NOT NULL,
  partition {integer} NOT NULL,
  event_time {integer} NOT NULL,
  PRIMARY KEY (topic, partition)){keyed};
CREATE TABLE closed_windows(
  seq {numbered},
  key {bytes} NOT NULL,
  revision {integer} NOT NULL,
  window_start {integer} NOT NULL,
  window_end {integer} NOT NULL,
  row {bytes} NOT NULL,
  previous {bytes},
  late {integer} NOT NULL,
  position {integer} NOT NULL,
  UNIQUE (key, revision)){strict};
CREATE TABLE erased_windows(
  key {bytes} PRIMARY KEY,
  revision {integer} NOT NULL){keyed};
)"};
constexpr sql::Format file_format{.name = "read model", .number = 0x746d726d, .steps = steps};

void check_state(sql::Database& file, const ProjectionFacts& facts) {
  auto state = file.statement("SELECT projection, version, layout FROM model_state");
  if (!state.next()) return;
  if (state.text(0) != facts.name || state.integer(1) != facts.version) {
    throw Failure(
        {.code = "projection.foreign",
         .message = fmt::format("{} is the read model {}.v{}, not {}.v{}", file.name(),
                                state.text(0), state.integer(1), facts.name, facts.version),
         .hint = "do not rename or copy read models; rebuild this one"});
  }
  if (state.text(2) != facts.layout) {
    throw Failure({.code = "projection.layout_changed",
                   .message = fmt::format("row, key, events or lateness of projection {} are not "
                                          "those that {} was built with",
                                          facts.name, file.name()),
                   .hint = fmt::format("give the projection's spec version {}: the new read model "
                                       "is then built beside this one",
                                       facts.version + 1)});
  }
}

}  // namespace

void prepare_model_file(sql::Database& file, const ProjectionModel& model) {
  const auto& facts = model.facts();
  // What lies here can be made again: power loss may take the newest commits.
  file.prepare_format(file_format, sql::Durability::normal);
  feed::create_feed_tables(file);
  sql::in_transaction(file, [&] {
    check_state(file, facts);
    auto insert = file.statement(
        sql::in_dialect("INSERT INTO model_state(id, projection, version, layout, model_id)"
                        " VALUES (1, ?1, ?2, ?3, {new_id}) ON CONFLICT DO NOTHING",
                        file.dialect()));
    insert.bind_all(std::string_view(facts.name), facts.version, std::string_view(facts.layout));
    insert.run();
    if (file.changes() == 1) file.execute(Layout(facts, file.dialect()).create());
  });
}

}  // namespace tidemark::projection
