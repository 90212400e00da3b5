#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/base/time.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/origin.hpp"

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
  std::uint64_t commands_rejected = 0;  ///< the business said no
  std::uint64_t commands_failed = 0;    ///< could not be carried out: a defect, or a bad command
  std::uint64_t commands_repeated = 0;  ///< answered before: the same answer again
  std::map<std::string, std::uint64_t> mismatches;  ///< by reason
  friend bool operator==(const Counts&, const Counts&) = default;

  [[nodiscard]] std::uint64_t mismatches_total() const;
  Counts& operator+=(const Counts& more);
};

/// A command of a line that nothing came of.
struct RefusedCommand {
  enum class Kind : std::uint8_t {
    rejected,  ///< the business said no
    failed,    ///< could not be carried out; gone when the same line comes again and is answered
  };
  std::int64_t id = 0;  ///< grows; 0 while it is not in the file
  Kind kind = Kind::rejected;
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

/// The file of the input of that name, in the application's directory: intake.db for "input",
/// intake.<name>.db for others, in which what is not plain is written as in a URL.
std::string progress_file_name(std::string_view input);
/// Whether a file of that name is some input's.
bool is_progress_file(std::string_view name);

/// What a file of intake says, for reports; also while a worker writes it.
struct InputProgress {
  std::string name;
  std::string source;  ///< as `LineSource::description`
  Reached reached;
  Counts counts;
};
/// None when nobody has opened an input on the file yet.
std::optional<InputProgress> progress_in(sqlite::Database& file);

/// The place in the log that its lines came to; none before anything was saved.
std::optional<store::Origin> origin_in(sqlite::Database& file);

/// The counts in intake's own file; also while a worker writes it.
Counts counts_in(sqlite::Database& file);

/// Which of the refused commands; the file keeps the last 10,000 of each kind.
struct RefusedQuery {
  std::optional<std::int64_t> after = {};  ///< those behind this id; none: the newest
  bool failed_only = false;
  std::uint64_t limit = 100;
};
/// Oldest first.
std::vector<RefusedCommand> refused_in(sqlite::Database& file, const RefusedQuery& query);
/// How many of those that the file keeps failed.
std::uint64_t failed_in(sqlite::Database& file);

}  // namespace tidemark::intake
