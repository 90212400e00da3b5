#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <vector>

#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// The events that a query finds, for a loop over them:
///
///     for (const RecordedEvent& event : events(store, {.category = "campaign"})) …
///
/// Fetches pages of at most `limit` events and some 4 MiB, so it needs little memory and holds
/// nothing of the store between them; what is stored meanwhile is met when the loop comes there
/// (reading forward). Each event is copied: for hot paths there is `EventStore::read`. Goes through
/// once. Throws, from `begin` and `++`, what reading throws. One thread; the store must outlive it.
class EventRange {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = RecordedEvent;
    using difference_type = std::ptrdiff_t;

    const RecordedEvent& operator*() const { return range_->page_[range_->at_]; }
    const RecordedEvent* operator->() const { return &**this; }
    Iterator& operator++() {
      range_->advance();
      return *this;
    }
    void operator++(int) { range_->advance(); }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) {
      return iterator.is_over();
    }

   private:
    friend class EventRange;
    explicit Iterator(EventRange& range) : range_(&range) {}
    [[nodiscard]] bool is_over() const { return range_->at_ >= range_->page_.size(); }
    EventRange* range_;
  };

  /// Fills a page behind what it gave last; false when nothing is left behind that page.
  using NextPage = std::function<bool(std::vector<RecordedEvent>& page)>;
  explicit EventRange(NextPage next) : next_(std::move(next)) {}

  /// Fetches the first page. To be called once.
  Iterator begin() {
    fetch();
    return Iterator(*this);
  }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  void advance() {
    if (++at_ == page_.size()) fetch();
  }
  void fetch();

  NextPage next_;
  std::vector<RecordedEvent> page_;
  std::size_t at_ = 0;
  bool is_last_ = false;
};

/// Reads a page of copies: at most `query.limit` events and, roughly, 4 MiB of those that are
/// wanted (none: all are). As `EventStore::read` otherwise: the next page begins behind what was
/// scanned.
ReadEnd read_page(EventStore& store, const ReadQuery& query, std::vector<RecordedEvent>& page,
                  const std::function<bool(const EventView&)>& wanted = nullptr);

/// By position. `limit` is that of a page, `scan_max` is that of one look.
EventRange events(EventStore& store, ReadQuery query);
/// Of one stream, by version.
EventRange events(EventStore& store, StreamQuery query);

}  // namespace tidemark::store
