#include "integrity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "integrity_tables.hpp"
#include "replica.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/chain.hpp"

namespace tidemark::store {
namespace {

/// Of one round: 16,384 events are hashed in about five milliseconds.
constexpr std::uint64_t blocks_of_round = 16;

[[noreturn]] void fail_not_covered(Position position) {
  throw Failure({.code = "store.corrupt",
                 .message = fmt::format("event {} is not what the newest checkpoint covers",
                                        position.value()),
                 .hint = "restore the file from a backup; verify names the place"});
}

}  // namespace

bool Integrity::round(const View& log, const Run& run) {
  SqliteIntegrityTables tables(log.reader.database());
  const auto newest = tables.newest_checkpoint();
  const auto issued = newest ? newest->checkpoint.position.value() : 0;
  const auto every = checkpoint_every_;
  const auto high = log.high_water.value();
  const bool checkpoint_due = every > 0 && high >= issued + every;
  const auto stored = tables.stored_blocks();
  const auto missing = high / merkle_block_size - std::min(stored, high / merkle_block_size);
  if (missing >= blocks_of_round) return grow(log, run);
  if (checkpoint_due) {
    issue(log, run);
    return true;
  }
  const auto next_checkpoint =
      every > 0 ? issued + every : std::numeric_limits<std::uint64_t>::max();
  next_due_ = std::min(next_checkpoint, (stored + blocks_of_round) * merkle_block_size);
  return false;
}

/// Stores the next part of the tree; whether there was any.
bool Integrity::grow(const View& log, const Run& run) {
  SqliteIntegrityTables tables(log.reader.database());
  auto nodes = next_merkle_nodes(tables, log.high_water.value(), blocks_of_round);
  if (nodes.empty()) return false;
  run([nodes = std::move(nodes)](LogWriter& writer) {
    SqliteIntegrityTables(writer.database()).put_nodes(nodes);
  });
  return true;
}

IssuedCheckpoint Integrity::make(const View& log) {
  SqliteIntegrityTables tables(log.reader.database());
  const auto chain = log.reader.chain_at(log.high_water);
  if (!chain) fail_not_covered(log.high_water);
  IssuedCheckpoint made{.checkpoint = {.position = log.high_water, .chain = *chain},
                        .root = merkle_root(tables, log.high_water.value()),
                        .issued_at = log.now,
                        .note = {}};
  made.note = keys_.write(checkpoint_text(store_, made));
  return made;
}

IssuedCheckpoint Integrity::issue(const View& log, const Run& run) {
  while (grow(log, run)) continue;
  // What the task leaves may be looked at by nobody any more, see `SqliteStoreEngine::run`.
  const auto issued = std::make_shared<IssuedCheckpoint>(make(log));
  run([issued, &keys = keys_](LogWriter& writer) {
    SqliteIntegrityTables tables(writer.database());
    const auto stored = tables.checkpoint_from(issued->checkpoint.position);
    if (stored && stored->checkpoint == issued->checkpoint && stored->root == issued->root &&
        keys.is_signed_as_now(stored->note)) {
      *issued = *stored;
    } else {
      tables.put_checkpoint(*issued);
    }
  });
  return *issued;
}

std::optional<InclusionProof> Integrity::prove(LogReader& reader, Position position) {
  SqliteIntegrityTables tables(reader.database());
  auto checkpoint = tables.newest_checkpoint();
  if (!checkpoint || position == Position() || position > checkpoint->checkpoint.position) {
    return std::nullopt;
  }
  InclusionProof proof{.position = position, .checkpoint = *std::move(checkpoint)};
  const auto previous = reader.chain_at(Position(position.value() - 1));
  if (!previous) fail_not_covered(position);
  proof.previous = *previous;
  ChainHash chain{};
  stored_events(reader, position, position, 1, [&](const StoredEvent& stored) {
    encode_envelope(stored.event, proof.envelope);
    proof.data_digest = stored.data_digest;
    chain = Chain().next(proof.previous, stored.event, stored.data_digest);
    return true;
  });
  const auto leaf = position.value() - 1;
  const auto size = proof.checkpoint.checkpoint.position.value();
  proof.path = merkle_path(tables, leaf, size);
  // What does not lead to the checkpoint's root proves nothing, and is not handed out.
  if (root_of_path(merkle_leaf(chain), leaf, size, proof.path) != proof.checkpoint.root) {
    fail_not_covered(position);
  }
  return proof;
}

}  // namespace tidemark::store
