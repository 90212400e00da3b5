#include "log_facts.hpp"

namespace tidemark::store_postgres {

StreamState KnownStream::state() const {
  StreamState state{.version = version, .deleted_through = deleted_through};
  state.first = deleted_through.next();
  if (gone) {
    state.deletion = Deletion::hard;
  } else if (deleted_through != StreamVersion() && deleted_through == version) {
    state.deletion = Deletion::soft;
  }
  return state;
}

void LogMemory::follow(const NewsOfEvent& event) {
  head->position = event.position;
  head->chain = event.chain;
  head->recorded_at = event.recorded_at;
  const auto stream = streams_by_id_.find(event.stream_id);
  if (stream != streams_by_id_.end()) stream->second->version = event.version;
}

void LogMemory::forget_streams() {
  streams_by_id_.clear();
  streams.clear();
}

void LogMemory::forget() { *this = LogMemory(); }

void LogMemory::take(const LogFacts& facts) {
  constexpr std::size_t names_max = 65'536;
  if (streams.size() + facts.streams.size() > names_max) forget_streams();
  if (types.size() > names_max) types.clear();
  if (categories.size() > names_max) categories.clear();
  head = facts.head;
  for (const auto& [name, stream] : facts.streams) {
    auto& known = streams.insert_or_assign(name, stream).first->second;
    streams_by_id_.insert_or_assign(known.id, &known);
  }
  for (const auto& [name, id] : facts.types) types.insert_or_assign(name, id);
  for (const auto& [name, id] : facts.categories) categories.insert_or_assign(name, id);
}

}  // namespace tidemark::store_postgres
