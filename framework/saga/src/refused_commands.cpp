#include "tidemark/saga/refused_commands.hpp"

#include <algorithm>
#include <limits>

namespace tidemark::saga {
namespace {

constexpr int refused_max = 10'000;

constexpr std::string_view table = "refused";  // a file has it from the first refusal on

}  // namespace

void write_refused(sql::Database& file,
                   const std::vector<command::CommandLines::Refused>& refused) {
  if (refused.empty()) return;
  file.execute(R"(
    CREATE TABLE IF NOT EXISTS refused(
      id INTEGER PRIMARY KEY, command_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
      stream TEXT NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL) STRICT;)");
  for (const auto& command : refused) {
    file.statement(
            "INSERT OR IGNORE INTO refused(command_id, type, stream, code, detail) "
            "VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind_all(std::string_view(command.command_id), std::string_view(command.type),
                  std::string_view(command.stream), std::string_view(command.code),
                  std::string_view(command.detail))
        .run();
  }
  file.statement("DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?1")
      .bind_all(refused_max)
      .run();
}

std::vector<RefusedCommand> refused_in(sql::Database& file, std::optional<std::int64_t> after,
                                       std::uint64_t limit) {
  if (!file.has_table(table)) return {};
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  auto rows = file.statement(
      after ? "SELECT id, command_id, type, stream, code, detail FROM refused WHERE id > ?1"
              " ORDER BY id LIMIT ?2"
            : "SELECT id, command_id, type, stream, code, detail FROM refused WHERE id > ?1"
              " ORDER BY id DESC LIMIT ?2");
  rows.bind(1, after.value_or(0)).bind(2, std::min(limit, most));
  std::vector<RefusedCommand> refused;
  while (rows.next()) {
    refused.push_back({.id = rows.integer(0),
                       .command_id = std::string(rows.text(1)),
                       .type = std::string(rows.text(2)),
                       .stream = std::string(rows.text(3)),
                       .code = std::string(rows.text(4)),
                       .detail = std::string(rows.text(5))});
  }
  if (!after) std::ranges::reverse(refused);
  return refused;
}

std::uint64_t refused_count(sql::Database& file) {
  if (!file.has_table(table)) return 0;
  auto row = file.statement("SELECT count(*) FROM refused");
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

}  // namespace tidemark::saga
