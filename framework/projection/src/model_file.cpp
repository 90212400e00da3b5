#include <fmt/format.h>

#include "layout.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection/handler.hpp"
#include "tidemark/sqlite/migration.hpp"
#include "tidemark/sqlite/transaction.hpp"

namespace tidemark::projection {
namespace {

constexpr sqlite::Migration migrations[] = {{.to_format = 1, .sql = R"(
CREATE TABLE model_state(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  projection TEXT NOT NULL,
  version INTEGER NOT NULL,
  layout TEXT NOT NULL,
  model_id BLOB NOT NULL,
  watermark INTEGER,
  late_events INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE model_watermarks(
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  event_time INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID;
CREATE TABLE closed_windows(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  key BLOB NOT NULL,
  revision INTEGER NOT NULL,
  window_start INTEGER NOT NULL,
  window_end INTEGER NOT NULL,
  row BLOB NOT NULL,
  previous BLOB,
  late INTEGER NOT NULL,
  position INTEGER NOT NULL,
  UNIQUE (key, revision)) STRICT;
CREATE TABLE erased_windows(
  key BLOB PRIMARY KEY,
  revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)"}};
constexpr sqlite::FileFormat file_format{
    .name = "read model", .application_id = 0x746d726d, .migrations = migrations};

void check_state(sqlite::Database& file, const ProjectionFacts& facts) {
  auto state = file.statement("SELECT projection, version, layout FROM model_state");
  if (!state.next()) return;
  if (state.text(0) != facts.name || state.integer(1) != facts.version) {
    throw Failure(
        {.code = "projection.foreign",
         .message = fmt::format("{} is the read model {}.v{}, not {}.v{}", file.file().string(),
                                state.text(0), state.integer(1), facts.name, facts.version),
         .hint = "do not rename or copy read models; rebuild this one"});
  }
  if (state.text(2) != facts.layout) {
    throw Failure({.code = "projection.layout_changed",
                   .message = fmt::format("row, key, events or lateness of projection {} are not "
                                          "those that {} was built with",
                                          facts.name, file.file().string()),
                   .hint = fmt::format("give the projection's spec version {}: the new read model "
                                       "is then built beside this one",
                                       facts.version + 1)});
  }
}

}  // namespace

void prepare_model_file(sqlite::Database& file, const ProjectionModel& model) {
  const auto& facts = model.facts();
  file.set_pragma("journal_mode", "WAL");
  file.set_pragma("synchronous", "NORMAL");
  sqlite::migrate(file, file_format);
  feed::create_feed_tables(file);
  sqlite::in_transaction(file, [&] {
    check_state(file, facts);
    auto insert = file.statement(
        "INSERT OR IGNORE INTO model_state(id, projection, version, layout, model_id)"
        " VALUES (1, ?1, ?2, ?3, randomblob(16))");
    insert.bind_all(std::string_view(facts.name), facts.version, std::string_view(facts.layout));
    insert.run();
    if (file.changes() == 1) file.execute(Layout(facts).create());
  });
}

}  // namespace tidemark::projection
