#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tidemark/schema/envelope.hpp"

namespace tidemark::store {

/// Consecutive events of one stream in one piece, as the side store keeps them. Part of that
/// store's format.
class StreamChunk {
 public:
  /// Adds the next event; `type_id` is its type's number in the log.
  void add(const EventView& event, std::int64_t type_id);

  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void clear();

 private:
  std::uint64_t events_ = 0;
  std::uint64_t position_ = 0;
  std::string bytes_;
};

/// A number that changes with the bytes of a chunk and with where it belongs: nothing else would
/// notice what a disk did to them.
std::int64_t chunk_sum(std::int64_t key, std::uint64_t last, std::string_view bytes);

/// Visits the events of a chunk in order, without their stream, version and type's name, until the
/// visitor answers false. Throws `Failure` "side.damaged" for bytes that are no chunk.
void read_chunk(std::string_view bytes,
                const std::function<bool(EventView& event, std::int64_t type_id)>& visit);

}  // namespace tidemark::store
