#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cold_files.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::store {

/// Positions, both ends included; empty when `low` is above `high`.
struct PositionRange {
  std::uint64_t low = 1;
  std::uint64_t high = 0;
};

/// Where the events of a log are, for one connection: in the log's file, and the older ones in
/// archives. All of them have the table `events`, of the same form and with the same numbers for
/// names, so that whoever knows which file to ask asks each of them the same.
///
/// One thread at a time, the same as uses `log`. What is asked in one `LogMoment` (or one write
/// transaction) agrees. Without archives it costs a comparison.
class EventFiles {
 public:
  // Shared: who reads an archive keeps it while others are opened in its place.
  using File = std::shared_ptr<sqlite::Database>;

  /// `log` must outlive it.
  EventFiles(sqlite::Database& log, const SqliteStoreOptions& options)
      : log_(log), cold_(options) {}
  EventFiles(const EventFiles&) = delete;
  EventFiles& operator=(const EventFiles&) = delete;

  [[nodiscard]] sqlite::Database& log() { return log_; }
  [[nodiscard]] const ColdFiles& cold() const { return cold_; }

  /// Notices what other connections changed.
  void refresh();
  /// Reads all of it again, with the next `refresh`.
  void forget() noexcept;
  /// The number of the last change of what is hidden or archived, at the last `refresh`.
  [[nodiscard]] std::int64_t changes() const { return changes_; }

  [[nodiscard]] const std::vector<Archive>& archives() const { return archives_; }
  /// The last archived position; 0: there is none.
  [[nodiscard]] std::uint64_t archived() const {
    return archives_.empty() ? 0 : archives_.back().last;
  }

  /// The file with the event at `position`.
  [[nodiscard]] File holding(std::uint64_t position) {
    return lies_in_archive(position) ? open(archive_of(position)) : log_file();
  }
  /// As much of a range, from its near end in that direction, as lies in one file.
  [[nodiscard]] PositionRange clip(PositionRange range, Direction direction) const;
  /// The file with the events of a stream from `version` on, up to the version `last` at most.
  struct Versions {
    File file;
    std::uint64_t last;
  };
  [[nodiscard]] Versions holding(std::int64_t stream_id, std::uint64_t version);
  /// The archive with that version; null: the log's file has it, or will.
  [[nodiscard]] const Archive* archive_of(std::int64_t stream_id, std::uint64_t version);
  /// The file with the event of that id; none when it is not stored. Looks in the log first.
  [[nodiscard]] File holding(const EventId& id);
  /// Whether an archive has the event of that id: what an insertion into the log cannot notice.
  [[nodiscard]] bool is_archived(const EventId& id) { return archive_with(id) != nullptr; }

  /// Where the archives have an event whose id does not grow with time; 0: nowhere.
  [[nodiscard]] std::uint64_t archived_place(const EventId& id);

  [[nodiscard]] File open(const Archive& archive);
  /// Whether its file is there, and what it should be.
  [[nodiscard]] bool can_open(const Archive& archive);
  [[nodiscard]] File log_file() { return {std::shared_ptr<void>(), &log_}; }
  /// The archive that holds `position`, until the next `refresh`; null: the log's file does.
  [[nodiscard]] const Archive* archive_at(std::uint64_t position) const {
    return lies_in_archive(position) ? &archive_of(position) : nullptr;
  }

 private:
  /// The next place at which a stream comes to the end of an archive.
  struct StreamEnd {
    std::uint64_t version, position;
  };
  /// Also for a position 0, which only a damaged file says.
  [[nodiscard]] bool lies_in_archive(std::uint64_t position) const {
    return !archives_.empty() && position <= archives_.back().last;
  }
  [[nodiscard]] std::optional<StreamEnd> stream_end(std::int64_t stream_id, std::uint64_t version);
  [[nodiscard]] const Archive& archive_of(std::uint64_t position) const;
  [[nodiscard]] File archive_with(const EventId& id);

  static constexpr std::size_t open_max = 8;

  sqlite::Database& log_;
  const ColdFiles cold_;
  std::int64_t data_version_ = -1;
  std::int64_t changes_ = -1;
  std::vector<Archive> archives_;
  std::optional<StoreId> store_;                   ///< when it was first needed
  std::list<std::pair<std::int64_t, File>> open_;  ///< by number, the last used in front
};

/// While it lives, all that is asked of a log and its archives is about one moment: no event moves
/// from one to the other between two questions. They nest.
class LogMoment {
 public:
  explicit LogMoment(EventFiles& files) {
    if (!files.log().in_transaction()) {
      transaction_.emplace(files.log(), sql::Access::read);
    }
    files.refresh();
  }

 private:
  std::optional<sql::Transaction> transaction_;
};

/// Single events by position, from whichever file has them.
class EventRows {
 public:
  /// `sql` has the position as its one parameter, and must outlive it, as must `files`.
  EventRows(EventFiles& files, std::string_view sql) : files_(files), sql_(sql) {}

  /// The row, until the next call; null when there is none.
  const sqlite::Statement* find(std::uint64_t position);

 private:
  EventFiles& files_;
  std::string_view sql_;
  EventFiles::File file_;
  std::optional<sqlite::Statement> row_;
};

}  // namespace tidemark::store
