#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "layout.hpp"

namespace tidemark::projection {

/// One row in memory.
struct Slot {
  const std::string* key = nullptr;  ///< the map's own
  std::unique_ptr<google::protobuf::Message> row;
  RowWindow window;
  std::optional<std::string> closed_bytes;  ///< the row at its last closing, when it is known
  bool exists = false;                      ///< false: there is no such row, or it was erased
  bool stored = false;                      ///< a row of that key is on disk
  bool dirty = false;
  bool pinned = false;   ///< the handler that runs may hold a reference to it
  bool touched = false;  ///< by the event that is being handled
  bool closing = false;  ///< the event that is being handled asked for it
  Slot* newer = nullptr;
  Slot* older = nullptr;
};

/// The rows of a read model, of which the most recently used are in memory. What is dirty stays
/// until it is written; beyond that the limit holds.
class RowCache {
 public:
  RowCache(const Layout& layout, sql::Database& file, std::size_t rows_max, bool windowed);

  /// The row of that key, from memory or disk.
  Slot& get(std::string_view key);
  void mark_dirty(Slot& slot);
  /// Half of what fits is dirty: time to write.
  [[nodiscard]] bool full() const { return dirty_.size() >= dirty_max_; }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }

  /// Writes what is dirty, in the order of keys, in the open transaction.
  void write();
  /// Drops the least recently used rows beyond the limit.
  void evict();
  void clear() noexcept;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void load(Slot& slot);
  void write_row(Slot& slot);
  void remove_row(Slot& slot);
  void link_newest(Slot& slot);
  void unlink(Slot& slot);

  const Layout& layout_;
  sql::Database& file_;
  const std::size_t rows_max_;
  const std::size_t dirty_max_;
  const bool windowed_;
  std::unordered_map<std::string, Slot, Hash, std::equal_to<>> slots_;
  Slot* newest_ = nullptr;
  Slot* oldest_ = nullptr;
  std::vector<Slot*> dirty_;
  std::vector<std::string> buffers_;
  sql::Statement select_;
  sql::Statement upsert_;
  sql::Statement remove_;
};

}  // namespace tidemark::projection
