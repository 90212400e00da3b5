#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/integrity.hpp"

namespace tidemark::store {

/// Compares the two indexes that events are found by, of ids and of streams, with the events, along
/// a scan of them: an entry that is missing or another hides an event, or shows a wrong one. Both
/// directions by sums over all entries, which is a scan of each index; only where the sums differ
/// each entry is looked up.
class KeyCheck {
 public:
  /// `database` must outlive it.
  explicit KeyCheck(sqlite::Database& database) : database_(database) {}

  struct Row {
    std::uint64_t position = 0;
    std::string_view event_id;
    std::int64_t stream_id = 0;
    std::uint64_t version = 0;
  };
  /// The next event of the log.
  void add(const Row& row);
  /// When all up to `end` were added.
  void finish(Position end);

  /// The first place where they differ.
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  void report(std::uint64_t position, std::string_view code, std::string message);
  template <typename Work>
  void reading(std::string_view index, Work work);
  void check_ids();
  void check_streams();
  void find_by_id();
  void find_by_stream();

  sqlite::Database& database_;
  std::uint64_t end_ = 0;
  std::uint64_t id_sum_ = 0;      ///< over events, whatever the order
  std::uint64_t stream_sum_ = 0;  ///< likewise
  std::optional<Damage> damage_;
};

}  // namespace tidemark::store
