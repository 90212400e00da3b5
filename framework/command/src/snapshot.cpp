#include "snapshot.hpp"

#include <tidemark/command/snapshot.pb.h>

#include "tidemark/schema/catalogue.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::command {
namespace {

security::Digest digest_of(const v1::Snapshot& kept) {
  return security::Hasher()
      .text(kept.key())
      .number(kept.version())
      .number(kept.position())
      .text(kept.chain())
      .text(kept.store())
      .text(kept.state())
      .number(kept.skips())
      .finish();
}

}  // namespace

std::string encode_snapshot(const Snapshot& snapshot) {
  v1::Snapshot kept;
  kept.set_key(snapshot.key);
  kept.set_version(snapshot.version.value());
  kept.set_position(snapshot.origin.checkpoint.position.value());
  kept.set_chain(std::string(snapshot.origin.chain_bytes()));
  kept.set_store(std::string(snapshot.origin.store_bytes()));
  kept.set_state(snapshot.state);
  kept.set_skips(snapshot.skips);
  kept.set_digest(std::string(security::as_bytes(digest_of(kept))));
  return serialize(kept);
}

std::optional<Snapshot> decode_snapshot(std::string_view bytes) {
  v1::Snapshot kept;
  if (!kept.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  if (security::as_bytes(digest_of(kept)) != kept.digest()) return std::nullopt;
  return Snapshot{
      .key = kept.key(),
      .version = StreamVersion(kept.version()),
      .origin = store::read_origin(Position(kept.position()), kept.chain(), kept.store()),
      .skips = kept.skips(),
      .state = kept.state()};
}

}  // namespace tidemark::command
