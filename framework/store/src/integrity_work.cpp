#include "tidemark/store/integrity_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

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
                 .hint = "restore the store from a backup; verify names the place"});
}

}  // namespace

std::optional<IssuedCheckpoint> IntegrityTables::newest_checkpoint() {
  auto newest = newest_checkpoints(1);
  if (newest.empty()) return std::nullopt;
  return std::move(newest.front());
}

bool IntegrityWork::round(const View& view) {
  auto& tables = view.log.tables();
  const auto newest = tables.newest_checkpoint();
  const auto issued = newest ? newest->checkpoint.position.value() : 0;
  const auto every = checkpoint_every_;
  const auto high = view.high_water.value();
  const bool checkpoint_due = every > 0 && high >= issued + every;
  const auto stored = tables.stored_blocks();
  const auto missing = high / merkle_block_size - std::min(stored, high / merkle_block_size);
  if (missing >= blocks_of_round) return grow(view);
  if (checkpoint_due) {
    issue(view);
    return true;
  }
  const auto next_checkpoint =
      every > 0 ? issued + every : std::numeric_limits<std::uint64_t>::max();
  next_due_ = std::min(next_checkpoint, (stored + blocks_of_round) * merkle_block_size);
  return false;
}

/// Stores the next part of the tree; whether there was any.
bool IntegrityWork::grow(const View& view) {
  const auto nodes = next_merkle_nodes(view.log.tables(), view.high_water.value(), blocks_of_round);
  if (nodes.empty()) return false;
  view.log.put_nodes(nodes);
  return true;
}

IssuedCheckpoint IntegrityWork::make(const View& view) {
  const auto chain = view.log.chain_at(view.high_water);
  if (!chain) fail_not_covered(view.high_water);
  IssuedCheckpoint made{.checkpoint = {.position = view.high_water, .chain = *chain},
                        .root = merkle_root(view.log.tables(), view.high_water.value()),
                        .issued_at = view.now,
                        .note = {}};
  made.note = keys_.write(checkpoint_text(store_, made));
  return made;
}

IssuedCheckpoint IntegrityWork::issue(const View& view) {
  while (grow(view)) continue;
  const auto made = make(view);
  return view.log.put_checkpoint(made, [checkpoint = made.checkpoint, root = made.root,
                                        &keys = keys_](const IssuedCheckpoint& stored) {
    return stored.checkpoint == checkpoint && stored.root == root &&
           keys.is_signed_as_now(stored.note);
  });
}

std::optional<InclusionProof> IntegrityWork::prove(IntegrityLog& log, Position position) {
  auto& tables = log.tables();
  auto checkpoint = tables.newest_checkpoint();
  if (!checkpoint || position == Position() || position > checkpoint->checkpoint.position) {
    return std::nullopt;
  }
  InclusionProof proof{.position = position, .checkpoint = *std::move(checkpoint)};
  const auto previous = log.chain_at(Position(position.value() - 1));
  if (!previous) fail_not_covered(position);
  proof.previous = *previous;
  ChainHash chain{};
  log.stored_event(position, [&](const StoredEvent& stored) {
    proof.envelope.clear();
    encode_envelope(stored.event, proof.envelope);
    proof.data_digest = stored.data_digest;
    chain = Chain().next(proof.previous, stored.event, stored.data_digest);
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
