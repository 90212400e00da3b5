#pragma once

#include <cstdint>
#include <string_view>

namespace tidemark::kafka {

/// MurmurHash2 (Austin Appleby, public domain) with the seed of Kafka's Java clients.
std::uint32_t murmur2(std::string_view bytes);

/// The partition of a key among `partitions` (greater than zero), as Java clients choose it.
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

}  // namespace tidemark::kafka
