#include "tidemark/store/integrity_check.hpp"

#include <fmt/format.h>

#include <utility>

#include "tidemark/base/failure.hpp"
#include "tidemark/security/note.hpp"

namespace tidemark::store {
namespace {

/// Subtrees that stand on so many complete blocks, themselves included.
std::uint64_t nodes_of(std::uint64_t blocks) {
  std::uint64_t nodes = 0;
  for (; blocks > 0; blocks /= 2) nodes += blocks;
  return nodes;
}

}  // namespace

IntegrityCheck::IntegrityCheck(IntegrityTables& tables, const StoreId& store,
                               const IntegrityKeys& keys)
    : tables_(tables), store_(store), keys_(keys) {
  reading([&] {
    extent_ = tables_.extent();
    next_ = tables_.checkpoint_from(Position());
    if (next_ && next_->checkpoint.position == Position()) compare_checkpoint(ChainHash{});
  });
}

/// What cannot be read is damage like any other, and no reason to stop looking at the events.
template <typename Work>
void IntegrityCheck::reading(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    if (failure.code() != "store.corrupt") throw;
    report(Position(tree_.size()), "checkpoint",
           "a stored checkpoint or subtree cannot be read: " + failure.message());
  }
}

void IntegrityCheck::report(Position position, std::string_view code, std::string message) {
  if (damage_ && damage_->position <= position) return;
  damage_ = Damage{
      .position = position, .code = fmt::format("verify.{}", code), .message = std::move(message)};
}

void IntegrityCheck::add(const ChainHash& chain) {
  tree_.add(merkle_leaf(chain),
            [this](const MerkleNode& node) { reading([&] { compare(node); }); });
  if (!next_ || next_->checkpoint.position.value() != tree_.size()) return;
  reading([&] { compare_checkpoint(chain); });
}

void IntegrityCheck::compare(const MerkleNode& node) {
  const auto blocks_below = (node.number + 1) << (node.level - merkle_stored_level);
  if (blocks_below > extent_.blocks || tables_.stored_node(node.level, node.number) == node.hash) {
    return;
  }
  report(Position(tree_.size()), "merkle",
         fmt::format("the stored hash of the {} events up to here is missing or another",
                     1ULL << node.level));
}

void IntegrityCheck::compare_checkpoint(const ChainHash& chain) {
  const auto issued = *std::exchange(next_, std::nullopt);
  const auto position = issued.checkpoint.position;
  ++checkpoints_;
  if (issued.checkpoint.chain != chain || issued.root != tree_.root()) {
    report(position, "checkpoint",
           fmt::format("the checkpoint of {} tells of other events: one behind {}, up to here, was "
                       "altered, and all that was computed from it since",
                       to_string(issued.issued_at), good_.value()));
  } else {
    good_ = position;
  }
  compare_note(issued);
  next_ = tables_.checkpoint_from(position.next());
}

void IntegrityCheck::compare_note(const IssuedCheckpoint& issued) {
  const auto position = issued.checkpoint.position;
  const auto note = security::parse_note(issued.note);
  if (!note || note->text != checkpoint_text(store_, issued)) {
    report(position, "checkpoint", "the note of the checkpoint says something else than its row");
    return;
  }
  if (keys_.check(*note) == security::Signing::bad) {
    report(position, "signature", "a signature below the checkpoint is not by the key it names");
  }
}

void IntegrityCheck::finish(Position last) {
  reading([&] { compare_end(last); });
}

void IntegrityCheck::compare_end(Position last) {
  const Position end(tree_.size());
  if (next_ && next_->checkpoint.position > last) {
    report(end.next(), "checkpoint",
           fmt::format("the log ends before a checkpoint of {} that was issued at {}",
                       to_string(next_->issued_at), next_->checkpoint.position.value()));
  }
  if (extent_.blocks * merkle_block_size > last.value()) {
    report(end.next(), "merkle", "the stored tree is about more events than there are");
  } else if (extent_.nodes != nodes_of(extent_.blocks)) {
    report(end, "merkle", "the stored tree has nodes too many or too few");
  }
  if (!keys_.demand_signature() || last == Position()) return;
  const auto newest = tables_.newest_checkpoint();
  if (!newest) {
    report(end, "signature",
           "keys were given, and no checkpoint is there that one of them could have signed");
    return;
  }
  const auto note = security::parse_note(newest->note);
  if (note && keys_.check(*note) != security::Signing::unknown) return;
  report(newest->checkpoint.position, "signature",
         "the newest checkpoint is not signed by any of the keys that were given");
}

}  // namespace tidemark::store
