#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include "store_names.hpp"

#include "tidemark/base/uuid.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::store_postgres {

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>()(name);
  }
};
template <typename Value>
using NameMap = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

/// The end of the log, and the next numbers of what it has names for.
struct Head {
  std::int64_t revision = 0;  ///< of what may change without an event
  Position position;
  ChainHash chain{};
  UtcTime recorded_at;
  std::int64_t next_stream_id = 1;
  std::int64_t next_type_id = 1;
  std::int64_t next_category_id = 1;
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

/// The stretch of positions that `type_blocks` and `category_blocks` tell about.
constexpr std::uint64_t block_size = 1024;
constexpr std::uint64_t block_of(Position position) { return (position.value() - 1) / block_size; }

/// The last block that is noted for each number of a type or a category.
using Blocks = std::unordered_map<std::int64_t, std::uint64_t>;

/// Everything about the log that deciding a group of appends takes, as it is at one moment.
/// Streams, types and categories that are not here do not exist; outcomes and event ids that are
/// not here are not stored.
struct LogFacts {
  Head head;
  NameMap<KnownStream> streams;
  NameMap<std::int64_t> types;
  NameMap<std::int64_t> categories;
  std::unordered_map<AppendId, Appended> outcomes;
  std::unordered_set<EventId> stored;
  /// Of appends with a condition: the first stored event that it excludes.
  std::unordered_map<const Append*, Position> excluded;
};

/// What an event of somebody else tells a writer.
struct NewsOfEvent {
  Position position;
  std::int64_t stream_id = 0;
  StreamVersion version;
  UtcTime recorded_at;
  ChainHash chain{};
};

/// What a writer remembers from one commit to the next, within bounds.
///
/// It holds as long as nobody else commits, which position and revision of `head` tell, and can
/// follow the events of those who do. Numbers of names that are not here are not known then: `head`
/// has old ones. Behind a lost connection the server may have an earlier log, with other numbers:
/// nothing holds then.
struct LogMemory {
  std::optional<Head> head;
  NameMap<KnownStream> streams;
  NameMap<std::int64_t> types;
  NameMap<std::int64_t> categories;
  Blocks type_blocks;
  Blocks category_blocks;

  /// Follows an event of somebody else, the next one behind `head`.
  void follow(const NewsOfEvent& event);
  void forget();
  /// Takes over what is known after a commit.
  void take(const LogFacts& facts);

 private:
  void forget_streams();
  /// Into `streams`, whose entries stay where they are.
  std::unordered_map<std::int64_t, KnownStream*> streams_by_id_;
};

}  // namespace tidemark::store_postgres
