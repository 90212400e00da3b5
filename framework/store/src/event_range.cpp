#include "tidemark/store/event_range.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t page_bytes_max = 4ULL << 20;

/// Puts what it visits into a page.
class Filler {
 public:
  explicit Filler(std::vector<RecordedEvent>& page) : page_(page) {}

  Visitor visitor() {
    return [this](const EventView& event) {
      page_.emplace_back(event);
      bytes_ += event.data.size() + event.metadata.extra.size();
      return bytes_ < page_bytes_max;
    };
  }

 private:
  std::vector<RecordedEvent>& page_;
  std::uint64_t bytes_ = 0;
};

bool fetch_page(EventStore& store, ReadQuery& query, std::vector<RecordedEvent>& page) {
  Filler filler(page);
  const auto end = store.read(query, filler.visitor());
  if (end.at_end || end.scanned == Position()) return false;
  query.from = query.direction == Direction::forward ? end.scanned.next()
                                                     : Position(end.scanned.value() - 1);
  return true;
}

bool fetch_page(EventStore& store, StreamQuery& query, std::vector<RecordedEvent>& page) {
  Filler filler(page);
  const auto end = store.read_stream(query, filler.visitor());
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

EventRange events(EventStore& store, ReadQuery query) { return range_of(store, std::move(query)); }
EventRange events(EventStore& store, StreamQuery query) {
  return range_of(store, std::move(query));
}

}  // namespace tidemark::store
