#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/runtime/blocking_call.hpp"
#include "tidemark/schema/envelope.hpp"
#include "tidemark/store/integrity_check.hpp"

namespace tidemark::store {

/// Computes the hashes of a log again, along a scan of it: the digests of data, the chain, the
/// tree. They are half of the work of a verification, and are done behind the scan by a thread of
/// their own. Needs memory for two batches of a few MiB, or of one event.
class ChainCheck {
 public:
  /// `integrity` must outlive it, and belongs to it until `finish`: it is told of each event that
  /// is as it was stored.
  explicit ChainCheck(IntegrityCheck& integrity) : integrity_(integrity) {}

  /// What is stored of an event besides itself.
  struct Stored {
    std::optional<ChainHash> data_digest;  ///< always of an event without data
    ChainHash chain{};
  };
  /// The next event of the log. False when one before it is known to be damaged: then there is no
  /// need for more. Throws what the check of the tree threw.
  bool add(const EventView& event, const Stored& stored);
  /// When all were added. Throws likewise.
  void finish();

  /// After `finish`: the last event before any damage, its hash, and the damage.
  [[nodiscard]] Position done() const { return done_; }
  [[nodiscard]] const ChainHash& head() const { return head_; }
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  struct Item {
    Stored stored;
    std::uint64_t version = 0;
    bool tombstone = false;
    std::size_t stream_end = 0, envelope_end = 0, data_end = 0;  ///< in the batch's bytes
  };
  /// Of each item its stream, its envelope and its data, one after the other.
  struct Batch {
    std::string bytes;
    std::vector<Item> items;
  };
  bool hand_over();
  void hash(const Batch& batch);
  bool check(const Item& item, std::string_view bytes, std::size_t begin);
  bool report(std::string_view code, std::string message);

  IntegrityCheck& integrity_;
  Position done_;
  ChainHash head_{};
  std::optional<Damage> damage_;
  std::array<Batch, 2> batches_;
  std::size_t filled_ = 0;  ///< the batch that is filled while the other is hashed
  runtime::BlockingCall hashing_{"verify"};
};

}  // namespace tidemark::store
