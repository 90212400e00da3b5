#include "tidemark/store/merkle.hpp"

#include <algorithm>
#include <bit>

#include "tidemark/base/failure.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::store {
namespace {

constexpr char leaf_mark = 0x00;
constexpr char node_mark = 0x01;

/// Leaves from `begin` to before `end`, as the tree is split.
struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] std::uint64_t size() const { return end - begin; }
  /// The first leaf of the right half: the left one is the largest complete tree that leaves some.
  [[nodiscard]] std::uint64_t middle() const { return begin + std::bit_floor(size() - 1); }
};

MerkleHash hash_of_chains(MerkleStorage& storage, const Span& span) {
  MerkleFrontier tree;
  if (span.size() == 0) return tree.root();
  storage.visit_chains(Position(span.begin + 1), Position(span.end),
                       [&](const ChainHash& chain) { tree.add(merkle_leaf(chain)); });
  return tree.root();
}

MerkleHash hash_of(MerkleStorage& storage, const Span& span) {
  const auto size = span.size();
  if (size >= merkle_block_size && std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    if (const auto stored = storage.stored_node(level, span.begin / size)) return *stored;
  }
  if (size <= merkle_block_size) return hash_of_chains(storage, span);
  const auto middle = span.middle();
  const auto left = hash_of(storage, {span.begin, middle});
  return merkle_node(left, hash_of(storage, {middle, span.end}));
}

/// The subtree to the left of `node`: among those at hand, or stored.
MerkleHash left_of(const MerkleNode& node, const std::vector<MerkleNode>& at_hand,
                   MerkleStorage& storage) {
  const auto found = std::ranges::find_if(at_hand, [&](const MerkleNode& each) {
    return each.level == node.level && each.number == node.number - 1;
  });
  if (found != at_hand.end()) return found->hash;
  const auto first = (node.number - 1) << node.level;
  return hash_of(storage, {first, first + (1ULL << node.level)});
}

}  // namespace

MerkleHash merkle_leaf(const ChainHash& chain) {
  std::array<char, 1 + sizeof(ChainHash)> bytes{leaf_mark};
  std::ranges::copy(chain, bytes.begin() + 1);
  return security::digest({bytes.data(), bytes.size()});
}

MerkleHash merkle_node(const MerkleHash& left, const MerkleHash& right) {
  std::array<char, 1 + 2 * sizeof(MerkleHash)> bytes{node_mark};
  std::ranges::copy(right, std::ranges::copy(left, bytes.begin() + 1).out);
  return security::digest({bytes.data(), bytes.size()});
}

MerkleHash MerkleFrontier::root() const {
  if (size_ == 0) return security::digest({});
  auto level = static_cast<unsigned>(std::countr_zero(size_));
  auto root = complete_[level];
  for (++level; size_ >> level != 0; ++level) {
    if ((size_ >> level) % 2 != 0) root = merkle_node(complete_[level], root);
  }
  return root;
}

MerkleHash merkle_root(MerkleStorage& storage, std::uint64_t size) {
  return hash_of(storage, {0, size});
}

std::vector<MerkleHash> merkle_path(MerkleStorage& storage, std::uint64_t leaf,
                                    std::uint64_t size) {
  std::vector<MerkleHash> path;
  for (Span span{0, size}; span.size() > 1;) {
    const auto middle = span.middle();
    const bool left = leaf < middle;
    path.push_back(hash_of(storage, left ? Span{middle, span.end} : Span{span.begin, middle}));
    (left ? span.end : span.begin) = middle;
  }
  std::ranges::reverse(path);
  return path;
}

std::optional<MerkleHash> root_of_path(MerkleHash hash, std::uint64_t leaf, std::uint64_t size,
                                       const std::vector<MerkleHash>& path) {
  std::vector<bool> is_right;  // from the root down
  for (Span span{0, size}; span.size() > 1;) {
    const auto middle = span.middle();
    is_right.push_back(leaf >= middle);
    (is_right.back() ? span.begin : span.end) = middle;
  }
  if (leaf >= size || path.size() != is_right.size()) return std::nullopt;
  for (const auto& sibling : path) {
    hash = is_right.back() ? merkle_node(sibling, hash) : merkle_node(hash, sibling);
    is_right.pop_back();
  }
  return hash;
}

std::vector<MerkleNode> next_merkle_nodes(MerkleStorage& storage, std::uint64_t size,
                                          std::uint64_t blocks_max) {
  std::vector<MerkleNode> nodes;
  const auto first = storage.stored_blocks();
  const auto end = std::min(size / merkle_block_size, first + blocks_max);
  for (auto block = first; block < end; ++block) {
    const auto begin = block * merkle_block_size;
    MerkleNode node{.level = merkle_stored_level,
                    .number = block,
                    .hash = hash_of_chains(storage, {begin, begin + merkle_block_size})};
    for (; node.number % 2 != 0; ++node.level, node.number /= 2) {
      nodes.push_back(node);
      node.hash = merkle_node(left_of(node, nodes, storage), node.hash);
    }
    nodes.push_back(node);
  }
  return nodes;
}

}  // namespace tidemark::store
