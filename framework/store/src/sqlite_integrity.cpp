#include "sqlite_integrity.hpp"

#include <fmt/format.h>

#include <memory>

#include "columns.hpp"
#include "replica.hpp"

namespace tidemark::store {
namespace {

IssuedCheckpoint read_checkpoint(const sqlite::Statement& row) {
  return {.checkpoint = {.position = Position(read_number(row, 0)), .chain = read_hash(row, 1)},
          .root = read_hash(row, 2),
          .issued_at = UtcTime::from_micros(row.integer(3)),
          .note = std::string(row.text(4))};
}

}  // namespace

std::uint64_t SqliteIntegrityTables::stored_blocks() {
  auto select = database_.statement("SELECT max(number) + 1 FROM merkle WHERE level = ?1");
  return select.bind(1, merkle_stored_level).next() ? read_number(select, 0) : 0;
}

MerkleExtent SqliteIntegrityTables::extent() {
  auto select = database_.statement(
      "SELECT (SELECT max(number) + 1 FROM merkle WHERE level = ?1), (SELECT count(*) FROM "
      "merkle)");
  if (!select.bind(1, merkle_stored_level).next()) return {};
  return {.blocks = read_number(select, 0), .nodes = read_number(select, 1)};
}

std::optional<MerkleHash> SqliteIntegrityTables::stored_node(unsigned level, std::uint64_t number) {
  auto select = database_.statement("SELECT hash FROM merkle WHERE level = ?1 AND number = ?2");
  if (!select.bind_all(level, number).next()) return std::nullopt;
  return read_hash(select, 0);
}

void SqliteIntegrityTables::visit_chains(Position first, Position last,
                                         const std::function<void(const ChainHash&)>& visit) {
  const LogMoment moment(files_);
  PositionRange left{.low = first.value(), .high = last.value()};
  auto expected = first.value();
  while (left.low <= left.high && expected == left.low) {
    const auto stretch = files_.clip(left, Direction::forward);
    const auto file = files_.holding(stretch.low);
    auto rows = file->statement(
        "SELECT position, chain FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY position");
    rows.bind_all(stretch.low, stretch.high);
    while (rows.next() && read_number(rows, 0) == expected) {
      visit(read_hash(rows, 1));
      ++expected;
    }
    left.low = stretch.high + 1;
  }
  if (expected == last.value() + 1) return;
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("there is no event at position {}", expected),
                 .hint = "restore the file from a backup; verify names the place"});
}

std::optional<IssuedCheckpoint> SqliteIntegrityTables::checkpoint_from(Position position) {
  auto select = database_.statement(
      "SELECT position, chain, root, issued_at, note FROM checkpoints WHERE position >= ?1 "
      "ORDER BY position LIMIT 1");
  if (!select.bind(1, position.value()).next()) return std::nullopt;
  return read_checkpoint(select);
}

std::vector<IssuedCheckpoint> SqliteIntegrityTables::newest_checkpoints(std::uint64_t limit) {
  std::vector<IssuedCheckpoint> found;
  auto rows = database_.statement(
      "SELECT position, chain, root, issued_at, note FROM checkpoints ORDER BY position DESC "
      "LIMIT ?1");
  rows.bind(1, std::min<std::uint64_t>(limit, INT64_MAX));
  while (rows.next()) found.push_back(read_checkpoint(rows));
  return found;
}

void SqliteIntegrityTables::put_nodes(const std::vector<MerkleNode>& nodes) {
  auto insert =
      database_.statement("INSERT OR IGNORE INTO merkle(level, number, hash) VALUES(?1, ?2, ?3)");
  for (const auto& node : nodes) {
    insert.bind_all(node.level, node.number, as_blob(node.hash)).run();
  }
}

void SqliteIntegrityTables::put_checkpoint(const IssuedCheckpoint& checkpoint) {
  database_
      .statement(
          "INSERT OR REPLACE INTO checkpoints(position, chain, root, issued_at, note) "
          "VALUES(?1, ?2, ?3, ?4, ?5)")
      .bind_all(checkpoint.checkpoint.position.value(), as_blob(checkpoint.checkpoint.chain),
                as_blob(checkpoint.root), checkpoint.issued_at.micros(),
                std::string_view(checkpoint.note))
      .run();
}

void SqliteIntegrityLog::stored_event(Position position,
                                      const std::function<void(const StoredEvent&)>& visit) {
  stored_events(reader_, position, position, 1, [&](const StoredEvent& stored) {
    visit(stored);
    return true;
  });
}

void SqliteIntegrityLog::put_nodes(const std::vector<MerkleNode>& nodes) {
  run_([nodes](LogWriter& writer) { SqliteIntegrityTables(writer.files()).put_nodes(nodes); });
}

IssuedCheckpoint SqliteIntegrityLog::put_checkpoint(const IssuedCheckpoint& made,
                                                    const MayStay& may_stay) {
  // What the task leaves may be looked at by nobody any more, see `SqliteStoreEngine::run`.
  const auto issued = std::make_shared<IssuedCheckpoint>(made);
  run_([issued, may_stay](LogWriter& writer) {
    SqliteIntegrityTables tables(writer.files());
    const auto position = issued->checkpoint.position;
    const auto stored = tables.checkpoint_from(position);
    if (stored && stored->checkpoint.position == position && may_stay(*stored)) {
      *issued = *stored;
    } else {
      tables.put_checkpoint(*issued);
    }
  });
  return *issued;
}

}  // namespace tidemark::store
