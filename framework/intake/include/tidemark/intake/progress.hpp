#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::intake {

/// What became of the lines of one source, from its first line to the last that is acknowledged.
///
/// Committed together with the place in the source, so each line counts once, however often it is
/// read. After a crash, lines that were stored and not yet acknowledged are told from repetitions
/// by where their events stand in the log; an answer without events (nothing to do, or a rejection)
/// that was given in between to a line and to its repetition may be counted the other way round.
/// The log is the truth.
struct Counts {
  std::uint64_t lines = 0;  ///< all of them: the sum of the others
  std::uint64_t blank = 0;
  std::uint64_t time_only = 0;
  std::uint64_t facts_stored = 0;
  std::uint64_t facts_repeated = 0;  ///< their ids were stored already: left out
  std::uint64_t commands_accepted = 0;
  std::uint64_t commands_nothing = 0;
  std::uint64_t commands_rejected = 0;
  std::uint64_t commands_repeated = 0;              ///< answered before: the same answer again
  std::map<std::string, std::uint64_t> mismatches;  ///< by reason
  friend bool operator==(const Counts&, const Counts&) = default;

  [[nodiscard]] std::uint64_t mismatches_total() const;
  Counts& operator+=(const Counts& more);
};

/// A command of a line that the business refused.
struct RefusedCommand {
  std::string partition;  ///< where its line stands
  std::int64_t offset = 0;
  std::uint64_t line = 0;
  std::string command_id;
  std::string type;
  std::string stream;
  std::string code;
  std::string detail;
  UtcTime event_time;
};

/// The counts in intake's own file, for reports; also while a worker writes it.
Counts counts_in(sqlite::Database& file);
/// The newest refused commands, newest first; the file keeps the last 10,000.
std::vector<RefusedCommand> refused_in(sqlite::Database& file, std::uint64_t limit);

}  // namespace tidemark::intake
