#pragma once

#include "tidemark/intake/line_source.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::intake {

/// How `RefusedCommand::Kind` stands in the file.
inline constexpr std::string_view failed_kind = "failed";
inline constexpr std::string_view rejected_kind = "rejected";

/// Intake's own file: how far the source was read, what became of its lines, and the newest
/// position of the log that this took. All of it commits together.
class ProgressFile {
 public:
  /// Creates the tables. `file` outlives it.
  ProgressFile(sqlite::Database& file, store::EventStore& store);

  /// Says whose file it is, for `progress_in`.
  void introduce(const std::string& input, const std::string& source);

  struct Progress {
    Reached reached;
    Counts counts;
    Position position;  ///< of the newest event that lines before `reached` led to
  };
  /// Throws "store.diverged" when the log is not the one it was written for.
  [[nodiscard]] Progress load();
  /// Commands whose answers are new since the last time.
  struct Answers {
    const std::vector<RefusedCommand>& refused;
    const std::vector<CommandId>& answered;  ///< without an event
    const std::vector<CommandId>& mended;    ///< not failed any more, if they ever did
  };
  void save(const Progress& progress, const Answers& answers);
  /// Whether this command is one of the newest 100,000 of those that `Answers::answered` named.
  [[nodiscard]] bool answered(const CommandId& command);

 private:
  void add_kind();
  void write_places(const Progress& progress);
  void write_counts(const Counts& counts);
  void write_refused(const std::vector<RefusedCommand>& refused);
  void remove_mended(const std::vector<CommandId>& mended);
  void write_answered(const std::vector<CommandId>& answered);

  sqlite::Database& file_;
  store::EventStore& store_;
};

}  // namespace tidemark::intake
