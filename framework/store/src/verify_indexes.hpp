#pragma once

#include <optional>
#include <unordered_map>

#include "log_cache.hpp"
#include "log_reader.hpp"
#include "tidemark/store/integrity.hpp"

namespace tidemark::store {

/// Compares what readers find events by with the events, along a scan of them: an entry that is
/// missing hides an event from those who ask for its tag, its type or its category.
class IndexCheck {
 public:
  /// `files` must outlive it.
  explicit IndexCheck(EventFiles& files) : files_(files), database_(files.log()) {}

  struct Row {
    Position position;
    std::int64_t type_id = 0, category_id = 0;
    std::string_view extra;
  };
  /// The next event of the log.
  void add(const Row& row);
  /// When all up to `end` were added.
  void finish(Position end);

  /// The first place where they differ.
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  /// The last block looked at, by the number of a name.
  using Blocks = std::unordered_map<std::int64_t, std::uint64_t>;
  void report(Position position, std::string_view code, std::string message);
  bool has_block(Blocks& last, std::string_view sql, std::int64_t id, std::uint64_t block);
  void add_tags(Position position, std::string_view extra);
  [[nodiscard]] std::int64_t tag_id(const std::string& name);
  void find_missing_tags(Position end);
  void find_stray_tags(Position end);

  EventFiles& files_;
  sqlite::Database& database_;
  Blocks type_blocks_, category_blocks_;
  NameMap<std::int64_t> tag_ids_{32'768};
  std::uint64_t tag_sum_ = 0;  ///< over tags of events, whatever the order
  std::optional<Damage> damage_;
};

}  // namespace tidemark::store
