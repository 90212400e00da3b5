#include "consumer_reports.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::app {

void ConsumerReports::add(std::string name, std::function<Position()> checkpoint) {
  if (!instance_.empty()) name += '@' + instance_;
  add_shared(std::move(name), std::move(checkpoint));
}

void ConsumerReports::add_shared(std::string name, std::function<Position()> checkpoint) {
  readers_.push_back({.name = std::move(name), .checkpoint = std::move(checkpoint)});
}

/// None for a place that the log does not have: the consumer is of another history, and says so.
std::optional<store::Consumer> ConsumerReports::consumer_at(const Reader& reader,
                                                            Position position) {
  const auto chain = store_.chain_at(position);
  if (!chain) return std::nullopt;
  return store::Consumer{.name = reader.name,
                         .checkpoint = {.position = position, .chain = *chain},
                         .reported_at = clock_.now()};
}

void ConsumerReports::register_all() {
  const auto known = store_.consumers();
  std::vector<store::Consumer> unknown;
  for (auto& reader : readers_) {
    const auto found = std::ranges::find(known, reader.name, &store::Consumer::name);
    if (found != known.end()) {
      reader.reported = found->checkpoint.position;
      continue;
    }
    auto consumer = consumer_at(reader, reader.checkpoint());
    if (!consumer) consumer = consumer_at(reader, Position());
    reader.reported = consumer->checkpoint.position;
    unknown.push_back(*std::move(consumer));
  }
  if (!unknown.empty()) store_.report_consumers(unknown);
}

bool ConsumerReports::report() {
  const auto now = clock_.monotonic();
  if (now < next_at_) return false;
  next_at_ = now + interval;
  std::vector<store::Consumer> moved;
  std::vector<Reader*> readers;
  for (auto& reader : readers_) {
    const auto position = reader.checkpoint();
    if (position == Position() || position == reader.reported) continue;
    if (auto consumer = consumer_at(reader, position)) {
      moved.push_back(*std::move(consumer));
      readers.push_back(&reader);
    }
  }
  if (moved.empty()) return false;
  store_.report_consumers(moved);
  for (std::size_t at = 0; at < moved.size(); ++at) {
    readers[at]->reported = moved[at].checkpoint.position;
  }
  return true;
}

}  // namespace tidemark::app
