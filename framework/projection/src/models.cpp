#include "tidemark/projection/models.hpp"

#include <fmt/format.h>

#include "tidemark/sql/text.hpp"
#include "tidemark/sql/transaction.hpp"
#include "tidemark/sqlite/folder.hpp"

namespace tidemark::projection {
namespace {

constexpr std::string_view steps[] = {R"(
CREATE TABLE generations(
  projection {text} NOT NULL,
  number {integer} NOT NULL,
  version {integer} NOT NULL,
  file {text} NOT NULL UNIQUE,
  state {text} NOT NULL CHECK (state IN ('filling', 'live', 'previous', 'retired')),
  strict {integer} NOT NULL,
  created_at {integer} NOT NULL,
  reason {text} NOT NULL,
  problem {text} NOT NULL DEFAULT '',
  accepts_cut {integer} NOT NULL DEFAULT 0,
  PRIMARY KEY (projection, number)){keyed};
CREATE UNIQUE INDEX one_of_each ON generations(projection, state) WHERE state <> 'retired';
)"};
constexpr sql::Format file_format{
    .name = "list of read models", .number = 0x746d6d73, .steps = steps};

constexpr const char* models_file = "models.db";

GenerationState parse_state(std::string_view text) {
  if (text == "filling") return GenerationState::filling;
  if (text == "live") return GenerationState::live;
  return text == "previous" ? GenerationState::previous : GenerationState::retired;
}

Generation read_generation(const sql::Statement& row) {
  return {.projection = std::string(row.text(0)),
          .version = static_cast<std::uint32_t>(row.integer(2)),
          .number = static_cast<std::uint64_t>(row.integer(1)),
          .file = std::string(row.text(3)),
          .state = parse_state(row.text(4)),
          .strict = row.integer(5) != 0,
          .accepts_cut = row.integer(9) != 0,
          .created_at = UtcTime::from_micros(row.integer(6)),
          .reason = std::string(row.text(7)),
          .problem = std::string(row.text(8))};
}

constexpr const char* select_generations =
    "SELECT projection, number, version, file, state, strict, created_at, reason, problem,"
    " accepts_cut FROM generations";

std::unique_ptr<sql::Database> open_models(const ModelFolder& folder, sql::OpenMode mode) {
  auto file = folder.open(models_file, mode);
  if (mode == sql::OpenMode::read_only) {
    file->check_format(file_format);
  } else {
    file->prepare_format(file_format, sql::Durability::full);
  }
  return file;
}

}  // namespace

std::string_view to_string(GenerationState state) {
  switch (state) {
    case GenerationState::filling:
      return "filling";
    case GenerationState::live:
      return "live";
    case GenerationState::previous:
      return "previous";
    case GenerationState::retired:
      break;
  }
  return "retired";
}

std::shared_ptr<sql::Place> ModelFolder::place() const {
  if (elsewhere) return elsewhere;
  return std::make_shared<sqlite::Folder>(sqlite::FolderOptions{
      .folder = folder, .vfs = vfs, .busy_timeout = busy_timeout, .area = "projection"});
}

Models::Models(ModelFolder folder, sql::OpenMode mode)
    : folder_(std::move(folder)), file_(open_models(folder_, mode)) {}

std::vector<Generation> Models::list(const std::string& projection) const {
  auto rows = file_->statement(fmt::format(
      "{} WHERE ?1 = '' OR projection = ?1 ORDER BY projection, number", select_generations));
  rows.bind(1, std::string_view(projection));
  std::vector<Generation> generations;
  while (rows.next()) generations.push_back(read_generation(rows));
  return generations;
}

std::optional<Generation> Models::find(const std::string& projection, GenerationState state) const {
  auto rows = file_->statement(fmt::format(
      "{} WHERE projection = ?1 AND state = ?2 ORDER BY number DESC LIMIT 1", select_generations));
  rows.bind_all(std::string_view(projection), to_string(state));
  if (!rows.next()) return std::nullopt;
  return read_generation(rows);
}

Generation Models::add(Generation generation) {
  const auto place = folder_.place();
  const bool is_ours_alone = !folder_.elsewhere && !folder_.vfs.empty();  // no list was ever lost
  return sql::in_transaction(*file_, [&] {
    auto last = file_->statement("SELECT max(number) FROM generations WHERE projection = ?1");
    last.bind(1, std::string_view(generation.projection));
    last.next();
    generation.number = static_cast<std::uint64_t>(last.integer(0)) + 1;
    generation.state = GenerationState::filling;
    // A file that lies there is of a list that was lost: its name is taken.
    for (;; ++generation.number) {
      generation.file = fmt::format("{}.v{}.g{}.db", generation.projection, generation.version,
                                    generation.number);
      if (is_ours_alone || !place->exists(generation.file)) break;
    }
    auto insert = file_->statement(
        "INSERT INTO generations(projection, number, version, file, state, strict, created_at,"
        " reason, accepts_cut) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    insert.bind_all(std::string_view(generation.projection), generation.number, generation.version,
                    std::string_view(generation.file), to_string(generation.state),
                    generation.strict ? 1 : 0, generation.created_at.micros(),
                    std::string_view(generation.reason), generation.accepts_cut ? 1 : 0);
    insert.run();
    return generation;
  });
}

void Models::swap(const Generation& to) {
  sql::in_transaction(*file_, [&] {
    const auto move = [&](std::string_view from, std::string_view state) {
      auto update = file_->statement(
          "UPDATE generations SET state = ?1 WHERE projection = ?2 AND state = ?3");
      update.bind_all(state, std::string_view(to.projection), from);
      update.run();
    };
    // A generation that comes back from `previous` must not be retired in between.
    set_state(to, GenerationState::filling, to.reason);
    move("previous", "retired");
    move("live", "previous");
    set_state(to, GenerationState::live, to.reason);
  });
}

void Models::set_state(const Generation& generation, GenerationState state,
                       const std::string& reason) {
  auto update = file_->statement(
      "UPDATE generations SET state = ?1, reason = ?2 WHERE projection = ?3 AND number = ?4");
  update.bind_all(to_string(state), std::string_view(reason),
                  std::string_view(generation.projection), generation.number);
  update.run();
}

void Models::set_problem(const Generation& generation, const std::string& problem) {
  auto update =
      file_->statement("UPDATE generations SET problem = ?1 WHERE projection = ?2 AND number = ?3");
  // It may quote what a handler threw.
  update.bind_all(sql::text_of(problem), std::string_view(generation.projection),
                  generation.number);
  update.run();
}

}  // namespace tidemark::projection
