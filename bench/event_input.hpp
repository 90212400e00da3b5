#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/v1/measured.pb.h"
#include "tidemark/base/random.hpp"
#include "tidemark/base/stream_id.hpp"
#include "tidemark/base/uuid.hpp"

namespace bench {

constexpr std::size_t stream_count = 1'000;
constexpr std::size_t data_size = 200;
constexpr std::size_t uuid_text_size = 36;

/// The streams that events go to; made once.
const std::vector<tidemark::StreamId>& stream_names();

/// One event to store, as both sides get it: made before the watch runs.
struct Input {
  tidemark::EventId event_id;
  tidemark::AppendId append_id;
  std::uint32_t stream = 0;  ///< of `stream_names()`
  std::int64_t event_time_micros = 0;
  std::array<char, uuid_text_size> correlation_id{};
  std::array<char, uuid_text_size> causation_id{};
  std::array<char, data_size> data{};  ///< a `Charged`
};

/// Makes events: a new conversation each, ids in the order of a time that goes on by 100 µs. The
/// same seed makes the same events.
class InputMaker {
 public:
  explicit InputMaker(std::uint64_t seed) : random_(seed) {}

  Input next(std::uint32_t stream);
  Input next() { return next(static_cast<std::uint32_t>(random_.below(stream_count))); }
  /// `count` events of streams drawn for each.
  std::vector<Input> several(std::size_t count);
  /// `count` events of one stream, which is drawn.
  std::vector<Input> of_one_stream(std::size_t count);
  /// One event of each stream, in an order that is drawn.
  std::vector<Input> one_of_each_stream();

 private:
  tidemark::SeededRandom random_;
  std::int64_t now_micros_ = 1'793'484'000'000'000;
  v1::Charged event_;
};

}  // namespace bench
