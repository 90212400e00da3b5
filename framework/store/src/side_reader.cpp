#include "side_reader.hpp"

#include "cold_files.hpp"
#include "columns.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::store {

std::uint64_t correlation_weight(std::string_view id, Position position) {
  return static_cast<std::uint64_t>(chunk_sum(static_cast<std::int64_t>(position.value()), 0, id));
}

SideReader::SideReader(const SqliteStoreOptions& options, const StoreId& store_id,
                       std::atomic<bool>& damaged)
    : options_(&options), store_id_(store_id), damaged_(&damaged) {}

void SideReader::close() {
  side_.reset();
  data_version_ = -1;
  through_ = Position();
}

/// Looks for a side store more and more rarely while there is none. One whose file another took
/// the place of, because it was damaged, is left at once.
bool SideReader::open() {
  if (side_ && side_->was_moved()) {
    close();
    next_try_ = calls_;
  }
  if (side_) return true;
  if (!options_->side_store || calls_++ < next_try_) return false;
  next_try_ = std::min<std::uint64_t>(2 * calls_, calls_ + 10'000);
  side_ = open_side_for_reading(*options_);
  return side_.has_value();
}

void SideReader::give_up(const Failure& failure) {
  if (!failure.code().starts_with("side.")) throw Failure(failure);
  const bool is_damaged = failure.code() == "side.damaged" || failure.code() == "side.corrupt";
  // It may have been open since before a new one took its place.
  if (is_damaged && side_ && !side_->was_moved()) *damaged_ = true;
  close();
}

Position SideReader::through(const ChainAt& chain_at) {
  if (!open()) return {};
  try {
    const auto version = side_->data_version();
    if (version == data_version_) return through_;
    const auto state = read_side_state(*side_);
    const bool follows =
        state.store_id == store_id_ && chain_at(state.through.position) == state.through.chain;
    through_ = follows ? state.through.position : Position();
    data_version_ = version;
  } catch (const Failure& failure) {
    // Where its end lies in a cold file that is not there, nobody knows whether it follows.
    if (failure.code() != "side.busy" && !is_of_cold_file(failure)) give_up(failure);
    return {};
  }
  return through_;
}

std::optional<std::vector<std::uint64_t>> SideReader::correlated(std::string_view id,
                                                                 const Positions& which) {
  if (!side_) return std::nullopt;
  try {
    std::vector<std::uint64_t> found;
    auto rows =
        side_->statement(which.direction == Direction::forward
                             ? "SELECT position FROM correlations WHERE correlation_id = ?1 AND "
                               "position BETWEEN ?2 AND ?3 ORDER BY position ASC LIMIT ?4"
                             : "SELECT position FROM correlations WHERE correlation_id = ?1 AND "
                               "position BETWEEN ?2 AND ?3 ORDER BY position DESC LIMIT ?4");
    rows.bind_all(id, which.low, which.high, which.limit);
    while (rows.next()) found.push_back(read_number(rows, 0));
    return found;
  } catch (const Failure& failure) {
    give_up(failure);
    return std::nullopt;
  }
}

std::optional<std::uint64_t> SideReader::correlations(Position through,
                                                      const std::atomic<bool>& unwanted) {
  if (!side_) return std::nullopt;
  try {
    const sql::Transaction moment(*side_, sql::Access::read);
    const auto state = read_side_state(*side_);
    if (state.store_id != store_id_ || state.through.position < through) return std::nullopt;
    std::uint64_t sum = 0;
    auto rows =
        side_->statement("SELECT correlation_id, position FROM correlations WHERE position <= ?1");
    rows.bind(1, through.value());
    while (rows.next()) {
      if (unwanted) return std::nullopt;
      sum += correlation_weight(rows.text(0), Position(read_number(rows, 1)));
    }
    return sum;
  } catch (const Failure& failure) {
    const bool is_damaged = failure.code() == "side.corrupt";
    give_up(failure);
    if (is_damaged) throw Failure({.code = "store.corrupt", .message = failure.message()});
    return std::nullopt;
  }
}

void SideReader::condemn() {
  give_up(Failure({.code = "side.damaged", .message = "it is not what was written"}));
}

void SideReader::chunks(std::int64_t stream_id, std::uint64_t version,
                        const std::function<bool(const Chunk&)>& visit) {
  const auto from = chunk_key(stream_id, version);
  const auto least = chunk_key(stream_id, 0);
  const auto behind = chunk_key(stream_id + 1, 0);
  if (!side_ || !from || !least || !behind) return;
  try {
    auto rows = side_->statement(
        "SELECT key, last, bytes, sum FROM chunks WHERE key >= coalesce("
        "(SELECT max(key) FROM chunks WHERE key BETWEEN ?1 AND ?2), ?2) AND key < ?3 ORDER BY key");
    rows.bind_all(*least, *from, *behind);
    while (rows.next()) {
      const Chunk chunk{.first = chunk_version(rows.integer(0)),
                        .last = read_number(rows, 1),
                        .bytes = rows.blob(2)};
      if (chunk_sum(rows.integer(0), chunk.last, chunk.bytes) != rows.integer(3)) {
        throw Failure({.code = "side.damaged", .message = "a chunk is not what was written"});
      }
      if (chunk.last < version) continue;
      if (!visit(chunk)) return;
    }
  } catch (const Failure& failure) {
    give_up(failure);
  }
}

}  // namespace tidemark::store
