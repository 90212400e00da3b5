#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/feed/handler.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::saga {

/// The index's file, in the data directory.
inline constexpr const char* delayed_index_file = "delayed.v1.db";

/// One delayed command as the index lists it.
struct DelayedRow {
  std::string id;     ///< of the command
  std::string type;   ///< Protobuf full name
  std::string state;  ///< as `command::DelayedCommand::State`
  std::string stream;
  UtcTime due, changed_at;
  std::string code;     ///< of a rejection or a failure
  std::string message;  ///< may be empty
  Position position;    ///< of the record that says so
};

/// What to list; an empty text means all.
struct DelayedQuery {
  std::string state = {};
  std::optional<UtcTime> due_before = {};
  std::uint64_t limit = 100;
};

/// Lists delayed commands. It is a hint where to look: `command::DelayedJournal` has the truth. Of
/// those that ran or were cancelled the newest 10,000 are kept.
class DelayedIndex {
 public:
  explicit DelayedIndex(sql::Database& file) : file_(file) {}
  /// Creates the table of a new file.
  static void create(sql::Database& file);

  /// By when they are due.
  [[nodiscard]] std::vector<DelayedRow> list(const DelayedQuery& query) const;
  /// When the next waiting one is due.
  [[nodiscard]] std::optional<UtcTime> next_due() const;

 private:
  sql::Database& file_;
};

/// Keeps the index: writes each record of a delayed command into its row.
class DelayedIndexHandler final : public feed::Handler {
 public:
  DelayedIndexHandler();

  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override;
  void write(sql::Database& file) override;
  void forget() noexcept override { rows_.clear(); }
  [[nodiscard]] bool wants_commit() const override { return rows_.size() >= rows_max; }

 private:
  static constexpr std::size_t rows_max = 4096;
  struct Change {
    DelayedRow row;
    bool is_new = false;  ///< else it changes only how the row stands
  };
  std::vector<std::string> types_;
  std::vector<Change> rows_;  ///< in the order of the log
};

}  // namespace tidemark::saga
