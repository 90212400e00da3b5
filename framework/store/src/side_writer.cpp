#include "side_writer.hpp"

#include <algorithm>
#include <utility>

#include "columns.hpp"
#include "life_mask.hpp"
#include "stream_chunk.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t events_max = 10'000;      ///< followed in one round
constexpr std::uint64_t lives_max = 1'000;        ///< changed streams after which a round ends
constexpr std::uint64_t chunk_events_least = 64;  ///< what is less stays in the log alone
constexpr std::uint64_t chunk_size = 15 * 1024;   ///< bytes, with which a chunk is full
constexpr std::uint64_t chunk_events_max = 512;

/// The first version of a stream that is not hidden with those before it.
std::uint64_t truncated_before(sqlite::Database& log, std::int64_t stream) {
  auto select = log.statement("SELECT truncated_before FROM lives WHERE stream_id = ?1");
  return select.bind(1, stream).next() ? read_number(select, 0) : 1;
}

}  // namespace

SideWriter::SideWriter(sqlite::Database side, const StoreId& store_id)
    : side_(std::move(side)), store_id_(store_id) {
  through_ = read_side_state(side_).through.position;
}

bool SideWriter::round(LogReader& log, Position end) {
  try {
    const LogMoment moment(log.files());
    sql::Transaction transaction(side_);
    auto state = follow(log);
    bool worked = forget_hidden(log, state);
    if (!worked && state.through.position < end) {
      take_events(log, end, state);
      worked = true;
    }
    if (worked) {
      write_side_state(side_, state);
      transaction.commit();
    }
    through_ = state.through.position;
    return worked;
  } catch (const Failure& failure) {
    if (failure.code() == "side.busy") return false;
    throw;
  }
}

/// How far it follows this log. From the beginning, and empty, when that was another one.
SideState SideWriter::follow(LogReader& log) {
  auto state = read_side_state(side_);
  if (state.store_id == store_id_ && log.chain_at(state.through.position) == state.through.chain) {
    return state;
  }
  side_.execute("DELETE FROM correlations; DELETE FROM chunks; DELETE FROM tails");
  return {.store_id = store_id_, .life_changes = last_life_change(log.database())};
}

/// Takes out what was hidden since: the data are to go, here too.
bool SideWriter::forget_hidden(LogReader& log, SideState& state) {
  if (last_life_change(log.database()) == state.life_changes) return false;
  auto lives = log.database().statement(
      "SELECT stream_id, truncated_before, change FROM lives WHERE change > ?1 ORDER BY change");
  lives.bind(1, state.life_changes);
  std::uint64_t looked_at = 0;
  auto remove = side_.statement("DELETE FROM chunks WHERE key >= ?1 AND key < ?2");
  while (lives.next()) {
    // One change may have many rows, which go together.
    if (++looked_at > lives_max && lives.integer(2) != state.life_changes) return true;
    state.life_changes = lives.integer(2);
    const auto stream = lives.integer(0);
    const auto first = chunk_key(stream, 0);
    const auto behind = chunk_key(stream, read_number(lives, 1));
    if (!first || !behind) continue;
    remove.bind_all(*first, *behind).run();
    if (side_.changes() > 0 && tail_of(stream) < read_number(lives, 1)) {
      put_tail(stream, read_number(lives, 1));
    }
  }
  // The rest of the changes was about single events, which every reader looks up.
  state.life_changes = last_life_change(log.database());
  return true;
}

void SideWriter::take_events(LogReader& log, Position end, SideState& state) {
  const auto stretch =
      log.files().clip({.low = state.through.position.next().value(),
                        .high = std::min(end.value(), state.through.position.value() + events_max)},
                       Direction::forward);
  const Position last(stretch.high);
  std::vector<std::pair<std::string, std::int64_t>> correlated;
  Touched touched;
  {
    const auto file = log.files().holding(stretch.low);
    auto rows = file->statement(
        "SELECT position, stream_id, version, correlation_id FROM events "
        "WHERE position BETWEEN ?1 AND ?2 ORDER BY position");
    rows.bind_all(stretch.low, stretch.high);
    while (rows.next()) {
      touched[rows.integer(1)] = read_number(rows, 2);
      if (!rows.is_null(3)) correlated.emplace_back(rows.text(3), rows.integer(0));
    }
  }
  std::sort(correlated.begin(), correlated.end());
  auto insert = side_.statement(
      "INSERT OR IGNORE INTO correlations(correlation_id, position) VALUES(?1, ?2)");
  for (const auto& [id, position] : correlated) {
    insert.bind_all(std::string_view(id), position).run();
  }
  for (const auto& [stream, version] : touched) pack(log, stream, version);
  state.through = {.position = last, .chain = log.chain_at(last).value_or(ChainHash{})};
}

std::uint64_t SideWriter::tail_of(std::int64_t stream) {
  auto select = side_.statement("SELECT next FROM tails WHERE stream_id = ?1");
  return select.bind(1, stream).next() ? read_number(select, 0) : 1;
}

void SideWriter::put_tail(std::int64_t stream, std::uint64_t next) {
  side_.statement("INSERT OR REPLACE INTO tails(stream_id, next) VALUES(?1, ?2)")
      .bind_all(stream, next)
      .run();
}

/// Packs what a stream has up to `version` and is not in a chunk, as long as there is enough of it,
/// and nothing of what is hidden: its data are to go, or went already.
void SideWriter::pack(LogReader& log, std::int64_t stream, std::uint64_t version) {
  auto next = tail_of(stream);
  const auto is_little = [&] { return version + 1 < next + chunk_events_least; };
  if (is_little()) return;
  next = std::max(next, truncated_before(log.database(), stream));
  if (is_little()) return;
  StreamChunk chunk;
  auto insert = side_.statement(
      "INSERT OR REPLACE INTO chunks(key, last, sum, bytes) VALUES(?1, ?2, ?3, ?4)");
  const auto pack_row = [&](const sqlite::Statement& row) {
    const auto event = read_event(row, log.names());
    chunk.add(event, row.integer(event_type_column));
    const auto last = event.metadata.version.value();
    const bool is_full = chunk.bytes().size() >= chunk_size || chunk.events() >= chunk_events_max;
    if (!is_full && !(last == version && chunk.events() >= chunk_events_least)) return true;
    const auto key = chunk_key(stream, next);
    if (!key) return false;
    const auto sum = chunk_sum(*key, last, chunk.bytes());
    insert.bind_all(*key, last, sum, sqlite::Blob{chunk.bytes()}).run();
    chunk.clear();
    next = last + 1;
    put_tail(stream, next);
    return true;
  };
  log.stored_versions(stream, {.low = next, .high = version}, Direction::forward, pack_row);
}

}  // namespace tidemark::store
