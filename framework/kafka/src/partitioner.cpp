#include "partitioner.hpp"

#include "tidemark/base/assert.hpp"

namespace tidemark::kafka {
namespace {

constexpr std::uint32_t multiplier = 0x5bd1e995;
constexpr std::uint32_t seed = 0x9747b28c;

std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

std::uint32_t word_at(std::string_view bytes, std::size_t index) {
  return byte_at(bytes, index) | byte_at(bytes, index + 1) << 8 | byte_at(bytes, index + 2) << 16 |
         byte_at(bytes, index + 3) << 24;
}

}  // namespace

std::uint32_t murmur2(std::string_view bytes) {
  auto hash = seed ^ static_cast<std::uint32_t>(bytes.size());
  const auto words_end = bytes.size() / 4 * 4;
  for (std::size_t index = 0; index < words_end; index += 4) {
    auto word = word_at(bytes, index) * multiplier;
    word ^= word >> 24;
    hash = hash * multiplier ^ word * multiplier;
  }
  for (auto index = bytes.size(); index > words_end; --index)
    hash ^= byte_at(bytes, index - 1) << 8 * (index - 1 - words_end);
  if (words_end != bytes.size()) hash *= multiplier;
  hash ^= hash >> 13;
  hash *= multiplier;
  return hash ^ hash >> 15;
}

std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
  TIDEMARK_ASSERT(partitions > 0, "a topic has partitions");
  return static_cast<std::int32_t>(murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace tidemark::kafka
