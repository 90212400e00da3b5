#pragma once

#include <optional>
#include <string>
#include <vector>

#include "event_files.hpp"
#include "event_sink.hpp"
#include "log_cache.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/security/digest.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/append.hpp"
#include "tidemark/store/import.hpp"

namespace tidemark::store {

/// An append with what can be computed before its place in the log is known, so that whoever
/// commits does not do it for others.
struct PreparedAppend {
  explicit PreparedAppend(Append append_to_prepare);

  Append append;
  std::vector<security::Digest> data_digests;  ///< of all events, in order
  std::vector<std::string> extras;  ///< encoded headers and tags; empty: no event has any
};

/// The same of an import.
struct PreparedImport {
  explicit PreparedImport(Import import_to_prepare);

  Import import;
  std::vector<security::Digest> data_digests;
  std::vector<std::string> extras;
};

/// Decides and inserts appends, inside write transactions that its owner begins and commits.
///
/// An append that is refused leaves nothing behind, and its neighbours in the same transaction as
/// they were. One thread at a time.
class LogWriter {
 public:
  /// `clock` must outlive it.
  LogWriter(sqlite::Database database, const SqliteStoreOptions& options, const Clock& clock);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  [[nodiscard]] sqlite::Database& database() { return database_; }
  [[nodiscard]] EventFiles& files() { return files_; }
  [[nodiscard]] LogCache& cache() { return cache_; }
  [[nodiscard]] EventSink& sink() { return sink_; }
  [[nodiscard]] UtcTime now() const { return clock_.now(); }

  /// At the start of each transaction: notices what others committed.
  void refresh();
  /// After a transaction that did not commit: what was remembered of it went with it.
  void forget();
  /// Tells every reader, with the transaction, that other files are archives now, and this writer.
  void announce_archives();

  /// The outcome that the append has as soon as the transaction commits.
  Result<Appended, AppendError> append(const PreparedAppend& prepared);
  Result<Appended, AppendError> import(const PreparedImport& prepared);

 private:
  std::optional<AppendError> find_conflict(const Append& append);
  std::optional<AppendError> find_bad_time(const Import& import, UtcTime now);
  [[nodiscard]] Appended predict(const Append& append);
  std::optional<Appended> find_row(const AppendId& id);
  std::optional<Appended> record(const AppendId& id, const std::optional<Answer>& answer,
                                 const Appended& outcome);
  bool insert_all(const PreparedAppend& prepared);
  void settle_skips(const AppendId& id, Appended& outcome);
  [[nodiscard]] DuplicateEvents name_duplicates(const Append& append);

  sqlite::Database database_;
  EventFiles files_;
  bool knows_files_ = false;
  LogCache cache_;
  EventSink sink_;
  const Clock& clock_;
  std::vector<KnownStream> streams_;  ///< those of the append at work, in its order
};

}  // namespace tidemark::store
