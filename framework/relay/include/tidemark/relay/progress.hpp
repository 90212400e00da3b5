#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tidemark/store/event_store.hpp"

/// How far a relay has published a store, as it stands on the compacted topic `tidemark.relay`.
namespace tidemark::relay {

/// Its records are all in partition 0, so that adding partitions changes nothing.
inline constexpr std::string_view progress_topic = "tidemark.relay";

/// "<store id>.<relay name>": the key of the progress records and the relay's transactional id.
std::string progress_key(const StoreId& store, std::string_view relay_name);

/// The value of a progress record: "1 <position> <chain hash as 64 lower-case hex digits>".
std::string encode_progress(const store::Checkpoint& progress);

/// The inverse; none for anything else, which a newer format would be.
std::optional<store::Checkpoint> decode_progress(std::string_view value);

}  // namespace tidemark::relay
