#include "bench/event_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "bench/measured_account.hpp"
#include "tidemark/base/assert.hpp"

namespace bench {

using tidemark::Uuid;

const std::vector<tidemark::StreamId>& stream_names() {
  static const auto names = [] {
    std::vector<tidemark::StreamId> made;
    made.reserve(stream_count);
    for (std::size_t at = 0; at < stream_count; ++at) {
      made.emplace_back(Account::category, fmt::format("{:08}", at));
    }
    return made;
  }();
  return names;
}

Input InputMaker::next(std::uint32_t stream) {
  now_micros_ += 100;
  const auto now = tidemark::UtcTime::from_micros(now_micros_);
  const Uuid append = Uuid::version7(now, random_);
  const Uuid event = Uuid::version7(now, random_);
  Input input{.event_id = tidemark::EventId(event),
              .append_id = tidemark::AppendId(append),
              .stream = stream,
              .event_time_micros = now_micros_};
  const auto text = to_string(append);
  std::copy(text.begin(), text.end(), input.correlation_id.begin());
  std::copy(text.begin(), text.end(), input.causation_id.begin());

  event_.set_account_id(std::string(stream_names()[stream].id()));
  event_.set_amount_micros(static_cast<std::int64_t>(3'000'000 + random_.below(1'000'000)));
  event_.set_currency("EUR");
  event_.set_charged_at_micros(now_micros_);
  event_.clear_note();
  constexpr std::size_t field_header_size = 3;  // its number, and a length of two bytes
  event_.mutable_note()->assign(data_size - field_header_size - event_.ByteSizeLong(), 'n');
  TIDEMARK_ASSERT(event_.ByteSizeLong() == data_size, "events are of one size");
  event_.SerializeToArray(input.data.data(), static_cast<int>(data_size));
  return input;
}

std::vector<Input> InputMaker::several(std::size_t count) {
  std::vector<Input> made;
  made.reserve(count);
  while (made.size() < count) made.push_back(next());
  return made;
}

std::vector<Input> InputMaker::of_one_stream(std::size_t count) {
  const auto stream = static_cast<std::uint32_t>(random_.below(stream_count));
  std::vector<Input> made;
  made.reserve(count);
  while (made.size() < count) made.push_back(next(stream));
  return made;
}

std::vector<Input> InputMaker::one_of_each_stream() {
  std::vector<std::uint32_t> order(stream_count);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random_.below(left)]);
  }
  std::vector<Input> made;
  made.reserve(order.size());
  for (const auto stream : order) made.push_back(next(stream));
  return made;
}

}  // namespace bench
