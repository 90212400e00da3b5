#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemark/admin/doctor.hpp"

namespace tidemark::admin {

enum class Severity : std::uint8_t {
  note,     ///< worth knowing; nothing is wrong
  warning,  ///< it works, but somebody should look
  bad,      ///< something does not do its work
};

/// Something that the doctor found.
struct Finding {
  Severity severity = Severity::bad;
  std::string subject;  ///< what it is about: a file, a feed, a worker
  Problem problem;
};

/// What one check is given, and where it says what it found.
class Examination {
 public:
  Examination(const Site& site_in, bool runs_in, const DoctorOptions& options_in)
      : site(site_in), runs(runs_in), options(options_in) {}

  void bad(std::string subject, Problem problem) {
    findings.push_back({Severity::bad, std::move(subject), std::move(problem)});
  }
  void warn(std::string subject, Problem problem) {
    findings.push_back({Severity::warning, std::move(subject), std::move(problem)});
  }
  void note(std::string subject, Problem problem) {
    findings.push_back({Severity::note, std::move(subject), std::move(problem)});
  }

  /// Says that not all was looked at that the check is for, and what it would take.
  void leave_out(std::string what) { left_out = std::move(what); }

  const Site& site;
  const bool runs;
  const DoctorOptions& options;
  std::string left_out;  ///< empty: all was looked at
  std::vector<Finding> findings;
};

/// Whether the feed is of a reaction that begins at the end of the log when its file is missing.
bool starts_at_news(const Manifest& manifest, const std::string& feed);

// What is examined. Each looks at one thing and says nothing when it is well.
void check_manifest(Examination& examination);
void check_files(Examination& examination);  ///< whole, and their WALs not too large
void check_chain(Examination& examination);  ///< with `full`: the log is as it was written
void check_copy(Examination& examination);   ///< the log is no copy that was stopped
void check_durability(Examination& examination);
void check_disk(Examination& examination);
void check_models(Examination& examination);   ///< the list of read models and their files agree
void check_workers(Examination& examination);  ///< as the application says
void check_checkpoints(Examination& examination);  ///< they are of this log
void check_lag(Examination& examination);          ///< of feeds and of publishing
void check_consumers(Examination& examination);    ///< registered ones report
void check_parked(Examination& examination);
void check_input(Examination& examination);      ///< commands of lines that failed
void check_reactions(Examination& examination);  ///< commands of theirs that were refused
void check_sagas(Examination& examination);
void check_timers(Examination& examination);
void check_delayed(Examination& examination);
void check_operations(Examination& examination);

}  // namespace tidemark::admin
