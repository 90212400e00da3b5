#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "store_names.hpp"

#include "connection_pool.hpp"
#include "tidemark/store/integrity.hpp"

namespace tidemark::store_postgres {

/// Compares what readers find events by with the events, along a scan of them: a row that is
/// missing hides an event from those who ask for its tag, its type or its category.
class IndexCheck {
 public:
  /// `pool` must outlive it.
  explicit IndexCheck(ConnectionPool& pool) : pool_(pool) {}

  /// The next event of a page.
  void add(Position position, std::string_view extra);
  /// When all of a page were added.
  void check_page(Position first, Position last);
  /// When all up to `end` were added.
  void finish(Position end);

  /// The first place where they differ.
  [[nodiscard]] const std::optional<Damage>& damage() const { return damage_; }

 private:
  void report(std::uint64_t position, std::string_view code, std::string message);
  void find_missing_blocks(Position first, Position last);
  void find_missing_tags(std::size_t first, std::size_t end);
  void find_stray_tags(Position end);

  ConnectionPool& pool_;
  std::vector<std::pair<std::uint64_t, std::string>> page_;  ///< its events' tags
  std::uint64_t tags_ = 0;                                   ///< of all events
  std::optional<Damage> damage_;
};

}  // namespace tidemark::store_postgres
