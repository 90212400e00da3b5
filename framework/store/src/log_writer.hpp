#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chain.hpp"
#include "event_insert.hpp"
#include "log_cache.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/append.hpp"

namespace tidemark::store {

/// An append with what can be computed before its place in the log is known, so that whoever
/// commits does not do it for others.
struct PreparedAppend {
  explicit PreparedAppend(Append append_to_prepare);

  Append append;
  std::vector<security::Digest> data_digests;  ///< of all events, in order
  std::vector<std::string> extras;  ///< encoded headers and tags; empty: no event has any
};

/// Decides and inserts appends, inside write transactions that its owner begins and commits.
///
/// An append that is refused leaves nothing behind, and its neighbours in the same transaction as
/// they were. One thread at a time.
class LogWriter {
 public:
  /// `clock` must outlive it.
  LogWriter(sqlite::Database database, const Clock& clock);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  [[nodiscard]] sqlite::Database& database() { return database_; }
  [[nodiscard]] LogCache& cache() { return cache_; }
  [[nodiscard]] UtcTime now() const { return clock_.now(); }

  /// The outcome that the append has as soon as the transaction commits.
  Result<Appended, AppendError> append(const PreparedAppend& prepared);

 private:
  /// The log as the append at work moves it on.
  struct Progress {
    Head head;
    std::optional<std::int64_t> first_new_stream;
    std::size_t events = 0;  ///< of the append, looked at so far
  };
  /// One stream of the append at work.
  struct Target {
    const PreparedAppend& prepared;
    const StreamWrite& write;
    StreamState& stream;
  };
  std::optional<Conflict> find_conflict(const Append& append);
  [[nodiscard]] Appended predict(const Append& append);
  std::optional<Appended> record(const Append& append, const Appended& outcome);
  bool insert_all(const PreparedAppend& prepared, Progress& progress, Appended& outcome);
  void stage(const Target& target, const NewEvent& event, Progress& progress);
  bool insert_write(const Target& target, Progress& progress);
  std::uint64_t insert_unknown(const Target& target, Progress& progress);
  void create_stream(const StreamId& name, const StreamState& stream, Progress& progress);
  void undo(const Append& append, const Progress& progress);
  void check_is_stored(const EventId& id);
  [[nodiscard]] bool is_stored(const EventId& id);
  [[nodiscard]] DuplicateEvents name_duplicates(const Append& append);

  sqlite::Database database_;
  LogCache cache_;
  Chain chain_;
  const Clock& clock_;
  std::vector<StreamState> streams_;  ///< those of the append at work, in its order
  EventInsert insert_;
  std::vector<EventRow> rows_;  ///< on their way to `insert_`
};

}  // namespace tidemark::store
