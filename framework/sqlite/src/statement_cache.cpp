#include "statement_cache.hpp"

namespace tidemark::sqlite {

CachedStatement* StatementCache::find(std::string_view sql) {
  const auto found = entries_.find(sql);
  return found == entries_.end() ? nullptr : &found->second;
}

CachedStatement* StatementCache::add(std::string_view sql, StatementHandle& handle) {
  if (entries_.size() >= size_max) {
    std::erase_if(entries_, [](const auto& entry) { return !entry.second.lent; });
    if (entries_.size() >= size_max) return nullptr;
  }
  auto& entry = entries_[std::string(sql)];
  entry.handle = std::move(handle);
  return &entry;
}

}  // namespace tidemark::sqlite
