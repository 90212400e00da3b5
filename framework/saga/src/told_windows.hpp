#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "tidemark/projection/closed_windows.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::saga {

/// What a reaction was told of each window, and what it is told next, in the reaction's own file.
///
/// A reaction hears of a window when its row is another than it heard of last: revision and row
/// before are counted here and not by the read model, whose generations begin anew. What is to be
/// told is written down before it is: told again after a crash, it is the same.
class ToldWindows {
 public:
  /// Creates its tables. `file` outlives the object.
  explicit ToldWindows(sql::Database& file);

  /// Takes a closing in, inside a transaction: false when the reaction knows that row already.
  bool add(const projection::ClosedWindow& closed);
  /// Notes, inside a transaction, that a window stood like this before the reaction began.
  void know(const projection::ClosedWindow& closed);
  /// What was added and is not told, oldest first.
  [[nodiscard]] std::deque<projection::ClosedWindow> waiting() const;
  /// The oldest `count` of `waiting` are told, inside a transaction.
  void told(std::uint64_t count);

 private:
  struct Known {
    std::uint32_t revision = 0;  ///< 0: it was never told
    std::string row;
  };
  [[nodiscard]] std::optional<Known> known(const std::string& key) const;
  void set_known(const std::string& key, std::uint32_t revision, const std::string& row);

  sql::Database& file_;
};

}  // namespace tidemark::saga
