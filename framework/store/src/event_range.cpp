#include "tidemark/store/event_range.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_bytes_max = 4ULL << 20;

/// Puts what it visits into a page until that is full.
Visitor filler(std::vector<RecordedEvent>& page) {
  return [&page, bytes = std::uint64_t{0}](const EventView& event) mutable {
    page.emplace_back(event);
    bytes += event.data.size() + event.metadata.extra.size();
    return bytes < page_bytes_max;
  };
}

bool fetch_page(EventStore& store, ReadQuery& query, std::vector<RecordedEvent>& page) {
  const auto end = store.read(query, filler(page));
  if (end.at_end || end.scanned == Position()) return false;
  query.from = query.direction == Direction::forward ? end.scanned.next()
                                                     : Position(end.scanned.value() - 1);
  return true;
}

bool fetch_page(EventStore& store, StreamQuery& query, std::vector<RecordedEvent>& page) {
  const auto end = store.read_stream(query, filler(page));
  if (end.at_end || page.empty()) return false;
  const auto last = page.back().metadata().version.value();
  query.from = StreamVersion(query.direction == Direction::forward ? last + 1 : last - 1);
  return true;
}

template <typename Query>
EventRange range_of(EventStore& store, Query query) {
  return EventRange([&store, query = std::move(query)](std::vector<RecordedEvent>& page) mutable {
    return fetch_page(store, query, page);
  });
}

}  // namespace

void EventRange::fetch() {
  page_.clear();
  at_ = 0;
  while (page_.empty() && !is_last_) is_last_ = !next_(page_);
}

ReadEnd read_page(EventStore& store, const ReadQuery& query, std::vector<RecordedEvent>& page,
                  const std::function<bool(const EventView&)>& wanted) {
  return store.read(query, [&wanted, fill = filler(page)](const EventView& event) {
    return (wanted && !wanted(event)) || fill(event);
  });
}

EventRange events(EventStore& store, ReadQuery query) { return range_of(store, std::move(query)); }
EventRange events(EventStore& store, StreamQuery query) {
  return range_of(store, std::move(query));
}

}  // namespace tidemark::store
