#pragma once

#include "tidemark/intake/line_source.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::intake {

/// Intake's own file: how far the source was read, what became of its lines, and the newest
/// position of the log that this took. All of it commits together.
class ProgressFile {
 public:
  /// Creates the tables. `file` outlives it.
  ProgressFile(sqlite::Database& file, store::EventStore& store);

  struct Progress {
    Reached reached;
    Counts counts;
    Position position;  ///< of the newest event that lines before `reached` led to
  };
  /// Throws "store.diverged" when the log is not the one it was written for.
  [[nodiscard]] Progress load();
  void save(const Progress& progress, const std::vector<RefusedCommand>& refused);

 private:
  void write_places(const Progress& progress);
  void write_counts(const Counts& counts);
  void write_refused(const std::vector<RefusedCommand>& refused);

  sqlite::Database& file_;
  store::EventStore& store_;
};

}  // namespace tidemark::intake
