#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store {

/// The end of the log.
struct Head {
  Position position;
  ChainHash chain{};
  UtcTime recorded_at;
};

/// What a writer knows about one stream. `id` 0: it does not exist yet.
struct KnownStream {
  std::int64_t id = 0;
  std::int64_t category_id = 0;
  StreamVersion version;
  StreamVersion deleted_through;
  bool gone = false;  ///< deleted for ever

  [[nodiscard]] StreamState state() const;
};

/// The stretch of positions that `type_blocks` and `category_blocks` tell about: which names occur
/// in it at all, so that a search for a rare one passes over the others.
constexpr std::uint64_t block_size = 1024;
constexpr std::uint64_t block_of(Position position) { return (position.value() - 1) / block_size; }

/// A map from names that holds a bounded number of them: when half of its room is full, the older
/// half goes.
template <typename Value>
class NameMap {
 public:
  explicit NameMap(std::size_t size_max) : half_max_(size_max / 2) {}

  /// The value, which stays where it is until the next call of `find` or `put`.
  [[nodiscard]] const Value* find(std::string_view name) {
    if (const auto found = newer_.find(name); found != newer_.end()) return &found->second;
    const auto found = older_.find(name);
    if (found == older_.end()) return nullptr;
    const auto value = found->second;
    return &put(name, value);
  }
  const Value& put(std::string_view name, Value value) {
    if (const auto found = newer_.find(name); found != newer_.end()) {
      return found->second = std::move(value);
    }
    if (newer_.size() >= half_max_) older_ = std::exchange(newer_, {});
    return newer_.emplace(std::string(name), std::move(value)).first->second;
  }
  void clear() {
    newer_.clear();
    older_.clear();
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>()(name);
    }
  };
  using Half = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  std::size_t half_max_;
  Half newer_;
  Half older_;
};

/// What the writing connection remembers of the log: its end, streams, interned names.
///
/// Used inside write transactions only. Good as long as nobody else committed; `refresh` notices. A
/// transaction that does not commit must be followed by `forget`.
class LogCache {
 public:
  explicit LogCache(sqlite::Database& database) : database_(database) {}

  /// At the start of each write transaction: forgets everything if another connection committed,
  /// and tells whether one did.
  bool refresh();
  void forget();

  [[nodiscard]] const Head& head();
  void move_head(const Head& head) { head_ = head; }

  [[nodiscard]] KnownStream stream(std::string_view name);
  /// Stores what an append made of a stream.
  void put_stream(std::string_view name, const KnownStream& stream) { streams_.put(name, stream); }
  /// The number for the next new stream; `created_stream` uses it up.
  [[nodiscard]] std::int64_t next_stream_id();
  void used_stream_id() { ++*next_stream_id_; }
  void give_back_stream_ids(std::int64_t next) {
    if (next_stream_id_) next_stream_id_ = std::min(*next_stream_id_, next);
  }

  /// The interned number of a name, which is stored when it is new.
  [[nodiscard]] std::int64_t type_id(std::string_view name);
  [[nodiscard]] std::int64_t category_id(std::string_view name);
  [[nodiscard]] std::int64_t tag_id(std::string_view name);
  /// Notes in which block an event of this type and category lies.
  void note_block(std::int64_t type_id, std::int64_t category_id, Position position);

 private:
  /// The last block noted for each number, or nothing.
  using Blocks = std::vector<std::uint64_t>;
  void note(Blocks& last, std::string_view sql, std::int64_t id, std::uint64_t block);

  std::int64_t intern(NameMap<std::int64_t>& known, std::string_view table, std::string_view name);

  sqlite::Database& database_;
  std::int64_t data_version_ = 0;
  std::optional<Head> head_;
  std::optional<std::int64_t> next_stream_id_;
  NameMap<KnownStream> streams_{32'768};
  NameMap<std::int64_t> types_{8'192};
  NameMap<std::int64_t> categories_{8'192};
  NameMap<std::int64_t> tags_{32'768};
  Blocks type_blocks_;
  Blocks category_blocks_;
};

}  // namespace tidemark::store
