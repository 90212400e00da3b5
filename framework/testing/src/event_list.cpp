#include "tidemark/testing/event_list.hpp"

#include <iterator>

namespace tidemark::testing {

EventList& EventList::append(EventList other) {
  events_.insert(events_.end(), std::make_move_iterator(other.events_.begin()),
                 std::make_move_iterator(other.events_.end()));
  streams_.insert(streams_.end(), other.streams_.begin(), other.streams_.end());
  return *this;
}

void EventList::add(const google::protobuf::Message& event, const StreamId& stream) {
  std::unique_ptr<google::protobuf::Message> copy(event.New());
  copy->CopyFrom(event);
  events_.push_back(std::move(copy));
  streams_.push_back(stream);
}

}  // namespace tidemark::testing
