#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tidemark/store/integrity.hpp"

namespace tidemark::store {

/// Hashes of RFC 6962, section 2.1, with BLAKE2b-256.
MerkleHash merkle_leaf(const ChainHash& chain);
MerkleHash merkle_node(const MerkleHash& left, const MerkleHash& right);

/// Complete subtrees are stored from this level on; below it they are computed from a block of
/// events, which costs little and saves a row for each.
constexpr unsigned merkle_stored_level = 10;
constexpr std::uint64_t merkle_block_size = 1ULL << merkle_stored_level;

/// A complete subtree: 2^level leaves, the `number`-th such.
struct MerkleNode {
  unsigned level = 0;
  std::uint64_t number = 0;
  MerkleHash hash{};
};

/// The tree over leaves that come in order. Keeps a hash for each bit of their number.
class MerkleFrontier {
 public:
  void add(const MerkleHash& leaf) {
    add(leaf, [](const MerkleNode&) {});
  }
  /// `completed` is called with each subtree of a stored level that the leaf completes.
  template <typename Completed>
  void add(const MerkleHash& leaf, const Completed& completed) {
    MerkleNode node{.level = 0, .number = size_++, .hash = leaf};
    for (; node.number % 2 != 0; node.number /= 2) {
      node.hash = merkle_node(complete_[node.level++], node.hash);
      if (node.level >= merkle_stored_level) {
        completed(MerkleNode{.level = node.level, .number = node.number / 2, .hash = node.hash});
      }
    }
    complete_[node.level] = node.hash;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] MerkleHash root() const;

 private:
  std::uint64_t size_ = 0;
  std::array<MerkleHash, 64> complete_{};  ///< by level, where that bit of the size is set
};

/// What an engine keeps of the tree.
class MerkleStorage {
 public:
  virtual ~MerkleStorage() = default;
  /// Blocks of the log whose subtrees are stored: from the first on, without gaps.
  virtual std::uint64_t stored_blocks() = 0;
  /// A stored subtree; none when it is not there.
  virtual std::optional<MerkleHash> stored_node(unsigned level, std::uint64_t number) = 0;
  /// Visits the chain hash of each of these positions in order. Throws `Failure` "store.corrupt"
  /// when one is missing.
  virtual void visit_chains(Position first, Position last,
                            const std::function<void(const ChainHash&)>& visit) = 0;
};

/// The tree over the first `size` events; what is not stored is computed.
MerkleHash merkle_root(MerkleStorage& storage, std::uint64_t size);
/// The path from leaf number `leaf` (from 0) to that root, from the leaf's sibling up.
std::vector<MerkleHash> merkle_path(MerkleStorage& storage, std::uint64_t leaf, std::uint64_t size);
/// The root that `path` leads to from a leaf; none when it has not the length that it must have.
std::optional<MerkleHash> root_of_path(MerkleHash hash, std::uint64_t leaf, std::uint64_t size,
                                       const std::vector<MerkleHash>& path);

/// The next subtrees to store, those that stand on them included: of at most `blocks_max` blocks,
/// up to `size` events.
std::vector<MerkleNode> next_merkle_nodes(MerkleStorage& storage, std::uint64_t size,
                                          std::uint64_t blocks_max);

}  // namespace tidemark::store
