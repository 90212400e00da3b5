#include "integrity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "columns.hpp"
#include "verify.hpp"

namespace tidemark::store_postgres {
namespace {

IssuedCheckpoint read_checkpoint(const postgres::Rows& rows, int row) {
  return {.checkpoint = {.position = Position(read_number(rows, row, 0)),
                         .chain = read_hash(rows, row, 1)},
          .root = read_hash(rows, row, 2),
          .issued_at = UtcTime::from_micros(rows.integer(row, 3)),
          .note = std::string(rows.text(row, 4))};
}

std::optional<IssuedCheckpoint> find_checkpoint(postgres::Connection& connection,
                                                Position position) {
  const auto rows = connection.query(
      "SELECT position, chain, root, issued_at, note FROM checkpoints WHERE position >= $1 "
      "ORDER BY position LIMIT 1",
      postgres::parameters(position.value()));
  if (rows.empty()) return std::nullopt;
  return read_checkpoint(rows, 0);
}

}  // namespace

MerkleExtent PostgresIntegrityTables::extent() {
  const auto rows = pool_.with([](postgres::Connection& connection) {
    return connection.query(
        "SELECT (SELECT max(number) + 1 FROM merkle WHERE level = $1), "
        "(SELECT count(*) FROM merkle)",
        postgres::parameters(merkle_stored_level));
  });
  return {.blocks = read_number(rows, 0, 0), .nodes = read_number(rows, 0, 1)};
}

std::optional<MerkleHash> PostgresIntegrityTables::stored_node(unsigned level,
                                                               std::uint64_t number) {
  const auto rows = pool_.with([&](postgres::Connection& connection) {
    return connection.query("SELECT hash FROM merkle WHERE level = $1 AND number = $2",
                            postgres::parameters(level, number));
  });
  if (rows.empty()) return std::nullopt;
  return read_hash(rows, 0, 0);
}

void PostgresIntegrityTables::visit_chains(Position first, Position last,
                                           const std::function<void(const ChainHash&)>& visit) {
  auto expected = first.value();
  bool whole = true;
  pool_.with([&](postgres::Connection& connection) {
    // Also on a second connection: what was visited already is not visited again.
    connection.each_row(
        "SELECT position, chain FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position",
        postgres::parameters(expected, last.value()), [&](const postgres::Rows& row) {
          whole = read_number(row, 0, 0) == expected;
          if (!whole) return false;
          visit(read_hash(row, 0, 1));
          ++expected;
          return true;
        });
  });
  if (whole && expected == last.value() + 1) return;
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("there is no event at position {}", expected),
                 .hint = "restore the database from a backup; verify names the place"});
}

std::optional<IssuedCheckpoint> PostgresIntegrityTables::checkpoint_from(Position position) {
  return pool_.with(
      [&](postgres::Connection& connection) { return find_checkpoint(connection, position); });
}

std::vector<IssuedCheckpoint> PostgresIntegrityTables::newest_checkpoints(std::uint64_t limit) {
  const auto rows = pool_.with([&](postgres::Connection& connection) {
    return connection.query(
        "SELECT position, chain, root, issued_at, note FROM checkpoints ORDER BY position DESC "
        "LIMIT $1",
        postgres::parameters(std::min<std::uint64_t>(limit, INT64_MAX)));
  });
  std::vector<IssuedCheckpoint> found;
  found.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) found.push_back(read_checkpoint(rows, row));
  return found;
}

void PostgresIntegrityLog::stored_event(Position position,
                                        const std::function<void(const StoredEvent&)>& visit) {
  visit_stored(pool_, position, position, 1, [&](const StoredEvent& stored) {
    visit(stored);
    return true;
  });
}

void PostgresIntegrityLog::put_nodes(const std::vector<MerkleNode>& nodes) {
  postgres::Parameters parameters;
  parameters.add_bigint_array();
  for (const auto& node : nodes) parameters.element(std::int64_t{node.level});
  parameters.add_bigint_array();
  for (const auto& node : nodes) parameters.element(static_cast<std::int64_t>(node.number));
  parameters.add_bytea_array();
  for (const auto& node : nodes) parameters.element(as_bytes(node.hash).bytes);
  pool_.with([&](postgres::Connection& connection) {
    connection.query(
        "INSERT INTO merkle(level, number, hash) SELECT * FROM unnest($1, $2, $3) "
        "ON CONFLICT (level, number) DO NOTHING",
        parameters);
  });
}

IssuedCheckpoint PostgresIntegrityLog::put_checkpoint(const IssuedCheckpoint& made,
                                                      const MayStay& may_stay) {
  const auto& [position, chain] = made.checkpoint;
  const auto parameters = postgres::parameters(
      position.value(), as_bytes(chain), as_bytes(made.root), made.issued_at.micros(), made.note);
  return pool_.with([&](postgres::Connection& connection) {
    postgres::Transaction transaction(connection);
    // Of two processes that issue the same one, the second finds that of the first.
    connection.query("LOCK TABLE checkpoints IN SHARE ROW EXCLUSIVE MODE");
    auto stored = find_checkpoint(connection, position);
    if (stored && stored->checkpoint.position == position && may_stay(*stored)) {
      return *std::move(stored);
    }
    connection.query(
        "INSERT INTO checkpoints(position, chain, root, issued_at, note) "
        "VALUES($1, $2, $3, $4, $5) ON CONFLICT (position) DO UPDATE SET chain = excluded.chain, "
        "root = excluded.root, issued_at = excluded.issued_at, note = excluded.note",
        parameters);
    transaction.commit();
    return made;
  });
}

}  // namespace tidemark::store_postgres
