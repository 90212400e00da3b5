#include "tidemark/command/aggregate_model.hpp"

#include "tidemark/base/bytes.hpp"
#include "tidemark/security/digest.hpp"

namespace tidemark::command::detail {

std::string make_snapshot_key(const google::protobuf::Descriptor& snapshot,
                              const std::vector<const google::protobuf::Descriptor*>& events,
                              std::uint64_t version) {
  security::Hasher hasher;
  hasher.number(version).text(snapshot.full_name()).text(fingerprint(snapshot));
  for (const auto* event : events) hasher.text(event->full_name()).text(fingerprint(*event));
  return to_hex(security::as_bytes(hasher.finish()));
}

}  // namespace tidemark::command::detail
