#include "tidemark/admin/copy_reports.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdio>

#include "findings.hpp"
#include "presence.hpp"
#include "tidemark/admin/operation_worker.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/file.hpp"
#include "tidemark/store/copy.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark::admin {
namespace {

namespace fs = std::filesystem;

constexpr const char* log_name = "tidemark.db";
constexpr const char* restoring_name = "tidemark.db.restore";
constexpr const char* older_name = "tidemark.db.older";

fs::path file_of(const std::string& target) {
  const fs::path path(target);
  const bool is_folder = target.ends_with('/') || fs::is_directory(path);
  return is_folder ? path / log_name : path;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (!error) return;
  throw Failure({.code = "store.io",
                 .message = fmt::format("{} cannot be made: {}", folder.string(), error.message()),
                 .hint = "name a folder that this user may make and write to"});
}

/// Opens what `name` names as a copy of the store with these facts.
std::unique_ptr<store::StoreEngine> open_copy(const std::string& name,
                                              const store::StoreFacts& facts,
                                              const ToolEnvironment& environment) {
  if (!store::is_address(name) && environment.vfs.empty()) {
    make_folder(fs::path(name).parent_path());
  }
  return store::open_store(
      {.name = name, .engines = environment.engines},
      {.vfs = environment.vfs,
       .side_store = false,  // the application makes one when it runs on it
       .identity = store::Identity{.store_id = facts.store_id, .created_at = facts.created_at}},
      environment.clock, environment.random);
}

store::Copied copy(store::StoreEngine& from, store::StoreEngine& to, bool verify,
                   const ToolEnvironment& environment) {
  return store::copy_store(from, to,
                           {.verify = verify, .progress = [&](const store::CopyProgress&) {
                              return !environment.wait(Micros(0));
                            }});
}

Value verified_value(const store::Copied& copied) {
  if (!copied.verified) return {};
  const auto& verified = *copied.verified;
  if (verified.damage) {
    return Marked{fmt::format("{} at position {}: {}", verified.damage->code,
                              verified.damage->position.value(), verified.damage->message),
                  Mood::bad};
  }
  const bool whole = verified.events >= copied.end.value();
  return whole ? Marked{"as it was written", Mood::good}
               : Marked{"stopped before the end", Mood::warning};
}

Report report_of(const store::Copied& copied, const std::string& target, const StoreId& store) {
  Facts facts{
      {"target", target},
      {"store_id", to_string(store)},
      {"events", copied.end.value()},
      {"copied", copied.end.value() - copied.from.value()},
      {"records", copied.records},
      {"erased", copied.compacted.events},
      {"result", copied.finished ? Marked{"a whole copy", Mood::good}
                                 : Marked{"stopped: the same command goes on with it", Mood::bad}}};
  if (copied.verified) facts.push_back({"verified", verified_value(copied)});
  Report report;
  report.findings = !copied.finished || (copied.verified && copied.verified->damage);
  return report.add(FactList{.name = {}, .facts = std::move(facts)});
}

std::unique_ptr<store::StoreEngine> open_to_read(const fs::path& file,
                                                 const ToolEnvironment& environment) {
  return store::open_store({.name = file.string(), .engines = environment.engines},
                           {.vfs = environment.vfs, .read_only = true, .must_exist = true},
                           environment.clock, environment.random);
}

/// A backup, to be read. One that an older program made is read from a copy of it in the folder,
/// which is brought up to date and removed in the end; the backup stays as it is.
class Backup {
 public:
  // Delegates, so that what a failure leaves of the copy is removed too.
  Backup(const RestoreOptions& options, const ToolEnvironment& environment)
      : Backup(options.directory / older_name, environment.vfs) {
    try {
      store_ = open_to_read(options.backup, environment);
    } catch (const Failure& failure) {
      if (failure.code() != "store.older_format" || !vfs_.empty()) throw;
      bring_up_to_date(options.backup, environment);
    }
  }
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;
  ~Backup() {
    store_.reset();
    sqlite::try_to_remove_file(copy_, vfs_);
  }
  [[nodiscard]] store::StoreEngine& store() { return *store_; }

 private:
  Backup(fs::path copy, std::string vfs) : copy_(std::move(copy)), vfs_(std::move(vfs)) {}

  /// With what lies beside it: events may be in its -wal alone.
  void bring_up_to_date(const fs::path& backup, const ToolEnvironment& environment) {
    make_folder(copy_.parent_path());
    sqlite::remove_file(copy_, vfs_, "store");
    for (const auto* end : {"-journal", "-wal", ""}) {
      auto from = backup;
      auto to = copy_;
      std::error_code error;
      if (from += end, to += end; !fs::exists(from)) continue;
      if (fs::copy_file(from, to, error)) continue;
      throw Failure({.code = "store.io",
                     .message = fmt::format("{} could not be copied to {}: {}", from.string(),
                                            to.string(), error.message()),
                     .hint = "see that there is room for it twice"});
    }
    store_ = store::open_store({.name = copy_.string(), .engines = environment.engines},
                               {.side_store = false, .must_exist = true}, environment.clock,
                               environment.random);
  }

  const fs::path copy_;
  const std::string vfs_;
  std::unique_ptr<store::StoreEngine> store_;
};

/// A log that is there, or what was left of one: SQLite plays a -wal or a -journal into whatever
/// comes to lie beside it.
std::optional<Problem> flaw_of_place(const fs::path& log) {
  for (const auto* end : {"", "-wal", "-journal"}) {
    auto file = log;
    file += end;
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    return Problem{.code = "store.exists",
                   .field = file.string(),
                   .message = "is there already, and stays as it is",
                   .hint =
                       "stop the application and move the log away, with its -wal file, or restore "
                       "into another folder"};
  }
  return std::nullopt;
}

std::optional<Problem> flaw_of_backup(const fs::path& file, store::StoreEngine& backup) {
  if (!store::is_unfinished_copy(backup)) return std::nullopt;
  return Problem{.code = "store.unfinished_copy",
                 .field = file.string(),
                 .message = "is a copy that was stopped: what was deleted may be in it still",
                 .hint = "make the same backup again, which finishes it"};
}

/// Nobody has the file open, so that all of it is in this one file. A log that somebody makes in
/// this moment stays.
std::optional<Problem> move_into_place(const fs::path& unfinished, const fs::path& log) {
  auto wal = unfinished;
  wal += "-wal";
  const bool moved = !fs::exists(wal) && ::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD,
                                                     log.c_str(), RENAME_NOREPLACE) == 0;
  if (moved) return std::nullopt;
  if (auto flaw = flaw_of_place(log)) return flaw;
  throw Failure(
      {.code = "store.io",
       .message = fmt::format("{} could not be moved to {}", unfinished.string(), log.string()),
       .hint = "see that nobody has it open, and do it again: it goes on where it was"});
}

Node line(std::string about, std::string text) {
  Node node{.text = fmt::format("{}: {}", about, text), .facts = {}, .children = {}};
  node.facts = {{"about", std::move(about)}, {"what", std::move(text)}};
  return node;
}

/// What whoever starts the application has to know first.
Tree what_follows(const Site& site) {
  Tree tree{.name = "what_follows", .roots = {}, .whole = true};
  const auto end = site.store().high_water().value();
  tree.roots.push_back(
      line("events", fmt::format("what was appended behind position {} is lost; answers to its "
                                 "commands too, so that a command sent again is executed again",
                                 end)));
  Examination examination(site, false, {});
  check_checkpoints(examination);
  for (const auto& finding : examination.findings) {
    tree.roots.push_back(line(
        finding.subject, fmt::format("{}; {}", finding.problem.message, finding.problem.hint)));
  }
  if (examination.findings.empty()) {
    tree.roots.push_back(line("read models",
                              "what lies in the folder follows from this log; what "
                              "is missing is built anew at the start"));
  }
  if (site.manifest().topic_prefix) {
    tree.roots.push_back(
        line("relay", fmt::format("if more than position {0} was published, it stops with "
                                  "store.diverged: look at what consumers made of the rest, then "
                                  "set kafka.resume_after={0}",
                                  end)));
  }
  return tree;
}

std::optional<Problem> flaw_of_target(const StoreCopyOptions& options,
                                      const ToolEnvironment& environment) {
  const auto& target = options.target;
  std::error_code error;
  if (!store::is_address(target)) {
    if (!fs::equivalent(file_of(target), options.log, error)) return std::nullopt;
    return Problem{.code = "store.same_file",
                   .field = target,
                   .message = "is the log itself",
                   .hint = "name another file, on another disk if there is one"};
  }
  if (store::find_engine(environment.engines, target) == nullptr) {
    return Problem{.code = "store.unknown_engine",
                   .field = target.substr(0, target.find("://")),
                   .message = "is no engine that this program has",
                   .hint = "name a file"};
  }
  if (target != options.log) return std::nullopt;
  return Problem{.code = "store.same_store",
                 .field = store::shown_name(environment.engines, target),
                 .message = "is the store itself",
                 .hint = "name another schema or another database"};
}

/// Keeps an application from the folder while the log is put there. None: one is there already.
std::optional<Presence> take_folder(const fs::path& folder) {
  make_folder(folder);
  return Presence::take(folder / operations_lock);
}

}  // namespace

Result<Report, Problem> store_copy(store::StoreEngine& from, const StoreCopyOptions& options,
                                   const ToolEnvironment& environment) {
  if (auto flaw = flaw_of_target(options, environment)) return Unexpected(*std::move(flaw));
  const auto target =
      store::is_address(options.target) ? options.target : file_of(options.target).string();
  const auto to = open_copy(target, from.facts(false), environment);
  const auto copied = copy(from, *to, options.verify, environment);
  const auto shown = store::shown_name(environment.engines, options.target);
  return report_of(copied, shown, from.store_id());
}

Result<Report, Problem> store_restore(const RestoreOptions& options,
                                      const ToolEnvironment& environment) {
  const auto log = options.directory / log_name;
  const auto unfinished = options.directory / restoring_name;
  if (auto flaw = flaw_of_place(log)) return Unexpected(*std::move(flaw));
  std::optional<Presence> presence;
  if (environment.vfs.empty() && !(presence = take_folder(options.directory))) {
    return Unexpected(Problem{.code = "store.in_use",
                              .field = options.directory.string(),
                              .message = "is the data directory of an application that runs",
                              .hint = "stop it, and move its log away with its -wal file"});
  }
  std::optional<Report> report;
  {
    Backup opened(options, environment);
    auto& backup = opened.store();
    if (auto flaw = flaw_of_backup(options.backup, backup)) return Unexpected(*std::move(flaw));
    const auto to = open_copy(unfinished.string(), backup.facts(false), environment);
    const auto copied = copy(backup, *to, options.verify, environment);
    report = report_of(copied, log.string(), backup.store_id());
    if (report->findings) return *std::move(report);
  }
  if (auto flaw = flaw_of_place(log)) return Unexpected(*std::move(flaw));  // it came meanwhile
  if (auto flaw = move_into_place(unfinished, log)) return Unexpected(*std::move(flaw));
  const auto restored = open_to_read(log, environment);
  const Site site(*restored, environment.clock,
                  {.directory = options.directory, .vfs = environment.vfs, .log = log});
  report->add(what_follows(site));
  return *std::move(report);
}

}  // namespace tidemark::admin
