#include "tidemark/store/merkle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tidemark/security/digest.hpp"

namespace tidemark::store {
namespace {

ChainHash chain_of(std::uint64_t leaf) { return security::digest("event " + std::to_string(leaf)); }

/// The definition, word for word: MTH of RFC 6962, section 2.1.
MerkleHash defined(std::uint64_t begin, std::uint64_t end) {
  const auto text = [](const MerkleHash& hash) { return std::string(security::as_bytes(hash)); };
  if (begin == end) return security::digest("");
  if (end - begin == 1) {
    return security::digest(std::string(1, '\0') + text(chain_of(begin)));
  }
  std::uint64_t split = 1;
  while (2 * split < end - begin) split *= 2;
  return security::digest("\x01" + text(defined(begin, begin + split)) +
                          text(defined(begin + split, end)));
}

/// A log of so many events, and what of its tree is stored.
struct Storage final : MerkleStorage {
  std::map<std::pair<unsigned, std::uint64_t>, MerkleHash> nodes;
  std::uint64_t chains_read = 0;

  std::uint64_t stored_blocks() override {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        nodes, [](const auto& node) { return node.first.first == merkle_stored_level; }));
  }
  std::optional<MerkleHash> stored_node(unsigned level, std::uint64_t number) override {
    const auto found = nodes.find({level, number});
    return found == nodes.end() ? std::nullopt : std::optional(found->second);
  }
  void visit_chains(Position first, Position last,
                    const std::function<void(const ChainHash&)>& visit) override {
    for (auto at = first; at <= last; at = at.next(), ++chains_read)
      visit(chain_of(at.value() - 1));
  }
  void grow(std::uint64_t size, std::uint64_t blocks_max) {
    for (const auto& node : next_merkle_nodes(*this, size, blocks_max)) {
      CHECK(nodes.emplace(std::pair(node.level, node.number), node.hash).second);
    }
  }
};

TEST_SUITE("store/merkle") {
  TEST_CASE("a tree that grows leaf by leaf is the defined one at every size") {
    MerkleFrontier tree;
    for (std::uint64_t size = 0; size < 70; ++size) {
      CAPTURE(size);
      CHECK(tree.size() == size);
      CHECK(tree.root() == defined(0, size));
      tree.add(merkle_leaf(chain_of(size)));
    }
  }

  TEST_CASE("a path leads from every leaf to the root, and from no other place") {
    Storage storage;
    for (std::uint64_t size = 1; size < 40; ++size) {
      const auto root = merkle_root(storage, size);
      CHECK(root == defined(0, size));
      for (std::uint64_t leaf = 0; leaf < size; ++leaf) {
        CAPTURE(size);
        CAPTURE(leaf);
        auto path = merkle_path(storage, leaf, size);
        const auto hash = merkle_leaf(chain_of(leaf));
        CHECK(root_of_path(hash, leaf, size, path) == root);
        CHECK(root_of_path(merkle_leaf(chain_of(leaf + 1)), leaf, size, path) != root);
        if (size > 1) CHECK(root_of_path(hash, leaf ^ 1, size, path) != root);
        path.push_back(root);
        CHECK(root_of_path(hash, leaf, size, path) == std::nullopt);
        CHECK(root_of_path(hash, size, size, path) == std::nullopt);
      }
    }
  }

  TEST_CASE("the stored subtrees are those of the defined tree, however they came to be stored") {
    constexpr std::uint64_t size = 7 * merkle_block_size + 100;
    Storage at_once;
    at_once.grow(size, 100);
    CHECK(at_once.nodes.size() == 7 + 3 + 1);
    for (const auto& [place, hash] : at_once.nodes) {
      const auto leaves = 1ULL << place.first;
      CHECK(hash == defined(place.second * leaves, (place.second + 1) * leaves));
    }
    Storage piecewise;
    for (std::uint64_t part = 0; part <= size; part += 700) piecewise.grow(part, 2);
    piecewise.grow(size, 2);
    CHECK(piecewise.nodes == at_once.nodes);
    at_once.grow(size, 100);
    CHECK(at_once.nodes.size() == 11);
  }

  TEST_CASE("the leaf that completes subtrees tells of them") {
    MerkleFrontier tree;
    std::map<std::pair<unsigned, std::uint64_t>, MerkleHash> completed;
    for (std::uint64_t leaf = 0; leaf < 5 * merkle_block_size; ++leaf) {
      tree.add(merkle_leaf(chain_of(leaf)), [&](const MerkleNode& node) {
        completed.emplace(std::pair(node.level, node.number), node.hash);
      });
    }
    Storage storage;
    storage.grow(5 * merkle_block_size, 100);
    CHECK(completed == storage.nodes);
  }

  TEST_CASE("a stored tree answers with little of the log, and one that lacks nodes rightly") {
    constexpr std::uint64_t size = 6 * merkle_block_size + 500;
    Storage storage;
    const auto root = merkle_root(storage, size);
    const auto path = merkle_path(storage, 2000, size);
    storage.grow(size, 100);
    storage.chains_read = 0;
    CHECK(merkle_root(storage, size) == root);
    CHECK(storage.chains_read == 500);
    storage.chains_read = 0;
    CHECK(merkle_path(storage, 2000, size) == path);
    CHECK(storage.chains_read == 500 + merkle_block_size - 1);
    storage.nodes.erase({12, 0});
    storage.nodes.erase({10, 1});
    CHECK(merkle_root(storage, size) == root);
    CHECK(merkle_path(storage, 5000, size) != path);
    CHECK(root_of_path(merkle_leaf(chain_of(5000)), 5000, size, merkle_path(storage, 5000, size)) ==
          root);
  }
}

}  // namespace
}  // namespace tidemark::store
