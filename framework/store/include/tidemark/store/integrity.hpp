#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/store/checkpoint.hpp"

namespace tidemark::store {

/// The first place where the log is not what it was.
struct Damage {
  Position position;
  std::string code;  ///< "verify.chain", "verify.gap", "verify.version", "verify.missing_data", …
  std::string message;  ///< what was found where
};

/// What `verify` looked at.
struct Verified {
  std::uint64_t events = 0;
  ChainHash head{};
  std::uint64_t checkpoints = 0;  ///< issued ones that were compared, with their signatures
  std::optional<Damage> damage;   ///< none: everything from the first event on is as it was written
};

/// A node of the Merkle tree over the log (RFC 6962, section 2.1, with BLAKE2b-256 in the place of
/// SHA-256). Its leaves are the chain hashes of the events, in order.
using MerkleHash = std::array<std::uint8_t, 32>;

/// A statement about the whole log up to a position, kept in the store and worth keeping elsewhere:
/// whoever holds one can tell later whether the log still says the same.
struct IssuedCheckpoint {
  Checkpoint checkpoint;
  MerkleHash root{};
  UtcTime issued_at;
  /// The text that says so, as a signed note (C2SP signed-note and tlog-checkpoint); without a
  /// signature when the store has no key.
  std::string note;
};

/// What shows, to whoever trusts a checkpoint, that one event is in the log it is about.
struct InclusionProof {
  Position position;
  std::string envelope;          ///< as the chain covers it
  ChainHash data_digest{};       ///< of the data, also of those that are gone
  ChainHash previous{};          ///< the chain at the event before
  std::vector<MerkleHash> path;  ///< from the leaf's sibling up (RFC 6962, section 2.1.1)
  IssuedCheckpoint checkpoint;
};

}  // namespace tidemark::store
