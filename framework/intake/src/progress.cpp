#include "tidemark/intake/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "count_names.hpp"
#include "progress_file.hpp"

namespace tidemark::intake {
namespace {

constexpr std::string_view refused_columns =
    "id, kind, partition, offset, line, command_id, type, stream, code, detail, event_time";

RefusedCommand refused_of(const sqlite::Statement& row) {
  return {.id = row.integer(0),
          .kind = row.text(1) == failed_kind ? RefusedCommand::Kind::failed
                                             : RefusedCommand::Kind::rejected,
          .partition = std::string(row.text(2)),
          .offset = row.integer(3),
          .line = static_cast<std::uint64_t>(row.integer(4)),
          .command_id = std::string(row.text(5)),
          .type = std::string(row.text(6)),
          .stream = std::string(row.text(7)),
          .code = std::string(row.text(8)),
          .detail = std::string(row.text(9)),
          .event_time = UtcTime::from_micros(row.integer(10))};
}

}  // namespace

std::string progress_file_name(std::string_view input) {
  if (input == "input") return "intake.db";
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  std::string name;
  for (const char each : input) {
    const bool stays = plain.find(each) != std::string_view::npos;
    name += stays ? std::string(1, each) : fmt::format("%{:02X}", static_cast<unsigned char>(each));
  }
  return fmt::format("intake.{}.db", name);
}

bool is_progress_file(std::string_view name) {
  return name == "intake.db" || (name.starts_with("intake.") && name.ends_with(".db"));
}

std::uint64_t Counts::mismatches_total() const {
  std::uint64_t total = 0;
  for (const auto& [reason, count] : mismatches) total += count;
  return total;
}

Counts& Counts::operator+=(const Counts& more) {
  for (const auto& name : count_names) this->*name.count += more.*name.count;
  for (const auto& [reason, count] : more.mismatches) mismatches[reason] += count;
  return *this;
}

Counts counts_in(sqlite::Database& file) {
  Counts counts;
  auto rows = file.statement("SELECT name, count FROM intake_counts");
  while (rows.next()) {
    const auto text = rows.text(0);
    const auto count = static_cast<std::uint64_t>(rows.integer(1));
    if (text.starts_with(mismatch_prefix)) {
      counts.mismatches[std::string(text.substr(mismatch_prefix.size()))] = count;
    }
    for (const auto& name : count_names) {
      if (text == name.in_file) counts.*name.count = count;
    }
  }
  return counts;
}

std::optional<InputProgress> progress_in(sqlite::Database& file) {
  if (!file.has_table("intake_about")) return std::nullopt;
  auto about = file.statement("SELECT name, source FROM intake_about");
  if (!about.next()) return std::nullopt;
  InputProgress progress{.name = std::string(about.text(0)),
                         .source = std::string(about.text(1)),
                         .reached = {},
                         .counts = counts_in(file)};
  auto places = file.statement("SELECT partition, next_offset FROM intake_places ORDER BY 1");
  while (places.next()) {
    progress.reached.places.push_back(
        {.partition = std::string(places.text(0)), .next = places.integer(1)});
  }
  return progress;
}

std::optional<store::Origin> origin_in(sqlite::Database& file) {
  auto row = file.statement("SELECT position, chain, store_id FROM intake_state");
  if (!row.next()) return std::nullopt;
  return store::read_origin(Position(static_cast<std::uint64_t>(row.integer(0))), row.blob(1),
                            row.blob(2));
}

std::vector<RefusedCommand> refused_in(sqlite::Database& file, const RefusedQuery& query) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  auto rows = file.statement(
      fmt::format("SELECT {} FROM intake_refused WHERE id > ?1 AND (?2 = '' OR kind = ?2)"
                  " ORDER BY id {} LIMIT ?3",
                  refused_columns, query.after ? "ASC" : "DESC"));
  rows.bind(1, query.after.value_or(0));
  rows.bind(2, query.failed_only ? failed_kind : std::string_view());
  rows.bind(3, std::min(query.limit, most));
  std::vector<RefusedCommand> refused;
  while (rows.next()) refused.push_back(refused_of(rows));
  if (!query.after) std::ranges::reverse(refused);
  return refused;
}

std::uint64_t failed_in(sqlite::Database& file) {
  if (!file.has_table("intake_about")) return 0;
  auto row = file.statement("SELECT count(*) FROM intake_refused WHERE kind = ?1");
  row.bind(1, failed_kind);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

}  // namespace tidemark::intake
