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

void LogMemory::forget() {
  head.reset();
  streams.clear();
}

void LogMemory::take(const LogFacts& facts) {
  constexpr std::size_t names_max = 65'536;
  if (streams.size() + facts.streams.size() > names_max) streams.clear();
  if (types.size() > names_max) types.clear();
  if (categories.size() > names_max) categories.clear();
  head = facts.head;
  for (const auto& [name, stream] : facts.streams) streams.insert_or_assign(name, stream);
  for (const auto& [name, id] : facts.types) types.insert_or_assign(name, id);
  for (const auto& [name, id] : facts.categories) categories.insert_or_assign(name, id);
}

}  // namespace tidemark::store_postgres
