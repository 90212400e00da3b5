#include "gathered_writes.hpp"

#include <cstddef>

namespace tidemark::sqlite {
namespace {

constexpr int frame_header_size = 24;
constexpr std::size_t gathered_max = 64 * 1024;

}  // namespace

GatheredWrites::GatheredWrites() { bytes_.reserve(gathered_max); }

int GatheredWrites::write() noexcept {
  if (bytes_.empty()) return SQLITE_OK;
  const int result =
      wal_->pMethods->xWrite(wal_, bytes_.data(), static_cast<int>(bytes_.size()), offset_);
  // Given up when it fails: its transaction fails with it.
  bytes_.clear();
  commit_follows_ = false;
  return result;
}

int GatheredWrites::add(const void* data, int size, sqlite3_int64 at) noexcept {
  const auto added = static_cast<std::size_t>(size);
  const auto end = offset_ + static_cast<sqlite3_int64>(bytes_.size());
  if (!bytes_.empty() && (at != end || bytes_.size() + added > gathered_max)) {
    if (const int result = write(); result != SQLITE_OK) return result;
  }
  if (added > gathered_max) return wal_->pMethods->xWrite(wal_, data, size, at);
  if (bytes_.empty()) offset_ = at;
  const auto* from = static_cast<const char*>(data);
  bytes_.insert(bytes_.end(), from, from + size);  // within what is reserved
  if (size == frame_header_size) {
    // Bytes 4 to 7 of a frame's header: the size of the database after a commit, else 0.
    commit_follows_ = (from[4] | from[5] | from[6] | from[7]) != 0;
    return SQLITE_OK;
  }
  return commit_follows_ ? write() : SQLITE_OK;
}

}  // namespace tidemark::sqlite
