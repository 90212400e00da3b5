#include "memory_file.hpp"

#include <algorithm>
#include <cstring>

namespace tidemark::sqlite {

int MemoryFile::read(void* out, std::uint64_t size, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  auto* to = static_cast<char*>(out);
  const auto there = offset >= size_ ? 0 : std::min(size, size_ - offset);
  for (std::uint64_t done = 0; done < there;) {
    const auto at = offset + done;
    const auto part = std::min(there - done, chunk_size - at % chunk_size);
    std::memcpy(to + done, chunks_[at / chunk_size]->data() + at % chunk_size, part);
    done += part;
  }
  if (there == size) return SQLITE_OK;
  std::memset(to + there, 0, size - there);  // as SQLite asks of a short read
  return SQLITE_IOERR_SHORT_READ;
}

int MemoryFile::write(const void* bytes, std::uint64_t size, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  if (offset + size > size_) {
    if (const int result = resize(offset + size); result != SQLITE_OK) return result;
  }
  const auto* from = static_cast<const char*>(bytes);
  for (std::uint64_t done = 0; done < size;) {
    const auto at = offset + done;
    const auto part = std::min(size - done, chunk_size - at % chunk_size);
    std::memcpy(chunks_[at / chunk_size]->data() + at % chunk_size, from + done, part);
    done += part;
  }
  return SQLITE_OK;
}

int MemoryFile::truncate(std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  return resize(size);
}

std::uint64_t MemoryFile::size() {
  const std::lock_guard lock(mutex_);
  return size_;
}

int MemoryFile::resize(std::uint64_t size) {
  if (size > size_) {
    const auto more = size - size_;
    if (space_.used.fetch_add(more) + more > space_.max.load()) {
      space_.used -= more;
      return SQLITE_FULL;
    }
  } else {
    space_.used -= size_ - size;
    // What is cut off reads as zeroes when the file grows again.
    if (size % chunk_size != 0) {
      auto& last = *chunks_[size / chunk_size];
      std::fill(last.begin() + static_cast<std::ptrdiff_t>(size % chunk_size), last.end(), '\0');
    }
  }
  const auto chunks = static_cast<std::size_t>((size + chunk_size - 1) / chunk_size);
  if (chunks < chunks_.size()) chunks_.resize(chunks);
  while (chunks_.size() < chunks) chunks_.push_back(std::make_unique<Chunk>());
  size_ = size;
  return SQLITE_OK;
}

int MemoryFile::lock(FileUser& user, int level) {
  const std::lock_guard lock(mutex_);
  if (user.level >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (writer_ != nullptr && writer_->level > SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    ++readers_;
    user.level = level;
    return SQLITE_OK;
  }
  if (writer_ != nullptr && writer_ != &user) return SQLITE_BUSY;
  writer_ = &user;
  if (level == SQLITE_LOCK_EXCLUSIVE && readers_ > 1) {
    user.level = SQLITE_LOCK_PENDING;  // lets no new reader in, so that the last one's end is seen
    return SQLITE_BUSY;
  }
  user.level = level;
  return SQLITE_OK;
}

void MemoryFile::unlock(FileUser& user, int level) {
  const std::lock_guard lock(mutex_);
  if (user.level <= level) return;
  if (writer_ == &user) writer_ = nullptr;
  if (level == SQLITE_LOCK_NONE) --readers_;
  user.level = level;
}

bool MemoryFile::is_reserved() {
  const std::lock_guard lock(mutex_);
  return writer_ != nullptr;
}

int MemoryFile::map_index(std::size_t region, std::size_t region_size, bool extend,
                          void volatile** out) {
  const std::lock_guard lock(mutex_);
  *out = nullptr;
  if (region >= index_regions_.size() && !extend) return SQLITE_OK;
  while (region >= index_regions_.size()) {
    index_regions_.push_back(std::make_unique<char[]>(region_size));  // zeroed
  }
  *out = index_regions_[region].get();
  return SQLITE_OK;
}

int MemoryFile::lock_index(FileUser& user, unsigned slots, int flags) {
  const std::lock_guard lock(mutex_);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    unlock_index(user, slots);
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  const auto wanted = slots & ~(exclusive ? user.exclusive_slots : user.shared_slots);
  for (unsigned slot = 0; slot < slots_.size(); ++slot) {
    if ((wanted & (1U << slot)) == 0) continue;
    if (slots_[slot].exclusive || (exclusive && slots_[slot].sharers > 0)) return SQLITE_BUSY;
  }
  for (unsigned slot = 0; slot < slots_.size(); ++slot) {
    if ((wanted & (1U << slot)) == 0) continue;
    if (exclusive) slots_[slot].exclusive = true;
    if (!exclusive) ++slots_[slot].sharers;
  }
  (exclusive ? user.exclusive_slots : user.shared_slots) |= wanted;
  return SQLITE_OK;
}

void MemoryFile::unlock_index(FileUser& user, unsigned slots) {
  for (unsigned slot = 0; slot < slots_.size(); ++slot) {
    const auto bit = slots & (1U << slot);
    if ((user.shared_slots & bit) != 0) --slots_[slot].sharers;
    if ((user.exclusive_slots & bit) != 0) slots_[slot].exclusive = false;
  }
  user.shared_slots &= ~slots;
  user.exclusive_slots &= ~slots;
}

void MemoryFile::drop_index() {
  const std::lock_guard lock(mutex_);
  index_regions_.clear();
}

}  // namespace tidemark::sqlite
