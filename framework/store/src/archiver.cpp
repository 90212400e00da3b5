#include "archiver.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "columns.hpp"
#include "consumers.hpp"
#include "tidemark/base/assert.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t purged_of_step = 1'000;
constexpr std::uint64_t lives_max = 1'000;  ///< streams looked at together

std::int64_t newest_number(sqlite::Database& log) {
  auto select = log.statement("SELECT coalesce(max(number), 0) FROM archives");
  return select.next() ? select.integer(0) : 0;
}

struct ToErase {
  std::optional<Archive> archive;
  std::string missing;  ///< the name of a file that was passed over: it cannot be opened
};

/// Streams with data that have to go, behind `after`, and the archives that these lie in.
struct Erasures {
  std::map<std::uint64_t, const Archive*> archives;  ///< by their first position
  std::int64_t last = 0;                             ///< the last stream; 0: there is none
};

Erasures next_erasures(EventFiles& files, std::int64_t after) {
  Erasures next;
  auto rows = files.log().statement(
      "SELECT stream_id, erased_before FROM lives WHERE erased_before < truncated_before AND "
      "stream_id > ?1 ORDER BY stream_id LIMIT ?2");
  rows.bind_all(after, lives_max);
  while (rows.next()) {
    next.last = rows.integer(0);
    const auto* archive = files.archive_of(next.last, read_number(rows, 1));
    if (archive != nullptr) next.archives.emplace(archive->first, archive);
  }
  return next;
}

/// The first archive with data that have to go. From the first on: what follows in later ones goes
/// with them, so that none is made anew twice.
ToErase first_to_erase(EventFiles& files) {
  const LogMoment moment(files);
  ToErase first;
  if (files.archives().empty()) return first;
  // Streams whose archive is missing may be many: those behind them do not wait for it.
  std::set<std::uint64_t> missing;
  for (auto next = next_erasures(files, 0); next.last != 0;
       next = next_erasures(files, next.last)) {
    for (const auto& [position, archive] : next.archives) {
      if (missing.contains(position)) continue;
      if (files.can_open(*archive)) {
        first.archive = *archive;
        return first;
      }
      missing.insert(position);
      first.missing = archive->file;
    }
  }
  return first;
}

}  // namespace

std::uint64_t to_archive(const ArchiveRequest& request, std::uint64_t archived, Position end) {
  TIDEMARK_ASSERT(request.file_events > 0, "a cold file holds an event at least");
  // The newest event never leaves the log's file.
  const auto before = std::min(request.before.value(), end.value());
  if (before <= archived + 1) return 0;
  return (before - 1 - archived) / request.file_events * request.file_events;
}

Result<Archived, LifeCycleError> StoreEngine::archive(const ArchiveRequest& /*request*/) {
  return Unexpected<LifeCycleError>(
      BadChange{.field = "engine", .message = "this engine keeps all events in one place"});
}

/// One thread's turn at the work.
class Archiver::Turn {
 public:
  explicit Turn(std::atomic<bool>& busy) : busy_(busy), taken_(!busy.exchange(true)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (taken_) busy_ = false;
  }
  [[nodiscard]] bool is_taken() const { return taken_; }

 private:
  std::atomic<bool>& busy_;
  const bool taken_;
};

Archiver::Archiver(const StoreId& store, sqlite::Database& log, Run run)
    : store_(store), run_(std::move(run)), left_over_(newest_number(log)) {}

/// As `run_`, for a task with an answer.
template <typename Value>
Value Archiver::ask(std::function<Value(LogWriter&)> task) {
  const auto answer = std::make_shared<Value>();  // may outlive this call, as the task may
  run_([answer, task = std::move(task)](LogWriter& writer) { *answer = task(writer); });
  return *answer;
}

Result<Archiver::Plan, LifeCycleError> Archiver::plan(LogReader& log, const ArchiveRequest& request,
                                                      Position end) {
  const LogMoment moment(log.files());
  const auto archived = log.files().archived();
  const auto events = to_archive(request, archived, end);
  if (events == 0) return Plan();
  const Position last(archived + events);
  const auto slowest = slowest_consumer(log.database());
  const bool is_behind = slowest && slowest->checkpoint.position < last;
  if (is_behind && !request.force) {
    return Unexpected<LifeCycleError>(ConsumerBehind{
        .consumer = slowest->name, .at = slowest->checkpoint.position, .last = last});
  }
  return Plan{.next = Archive{.first = archived + 1, .last = archived + request.file_events},
              .forced = is_behind};
}

Result<Archived, LifeCycleError> Archiver::archive(LogReader& log, const ArchiveRequest& request,
                                                   Position end) {
  if (request.force && request.reason.empty()) {
    return Unexpected<LifeCycleError>(
        BadChange{.field = "reason", .message = "force needs a reason"});
  }
  Archived done{.more = true};
  const Turn turn(busy_);
  if (!turn.is_taken() || purge(log)) return done;
  if (!build_) {
    const auto planned = plan(log, request, end);
    if (!planned) return Unexpected(planned.error());
    done.forced = planned->forced;
    done.more = planned->next.has_value();
    if (planned->next) begin(log, *planned->next, nullptr);
    return done;
  }
  if (const auto built = build(log); built && built->made().replaces == 0) {
    const auto& archive = built->made().archive;
    done.files = 1;
    done.events = archive.last - archive.first + 1;
    done.bytes = archive.bytes;
  }
  return done;
}

void Archiver::erase(LogReader& log, Compacted& done) {
  const Turn turn(busy_);
  if (!turn.is_taken()) {
    done.more = true;
    return;
  }
  erase_piece(log, done);
  done.events += std::exchange(erased_events_, 0);
  done.data_bytes += std::exchange(erased_bytes_, 0);
}

void Archiver::erase_piece(LogReader& log, Compacted& done) {
  if (!build_) {
    const auto [archive, missing] = first_to_erase(log.files());
    if (done.waits_for.empty()) done.waits_for = missing;
    if (!archive) return;
    done.more = true;
    // Readers that look for an event by its id look into the log first: from there it goes first.
    if (purge(log)) return;
    begin(log, {.first = archive->first, .last = archive->last}, &*archive);
  }
  done.more = true;
  build(log);
}

void Archiver::begin(LogReader& log, const Archive& stretch, const Archive* replaces) {
  tidied_ = -1;
  is_unsure_ = true;
  const auto archive = ask<Archive>([stretch](LogWriter& writer) {
    auto reserved = stretch;
    reserve_archive(writer, reserved);
    return reserved;
  });
  is_unsure_ = false;
  // One that fails is given up, and cleared away.
  left_over_ = std::max(left_over_, archive.number);
  build_.emplace(log, archive, replaces);
}

/// The next piece of the file at work; the whole of it when it is in use now.
std::optional<ArchiveBuild> Archiver::build(LogReader& log) {
  auto build = *std::exchange(build_, std::nullopt);
  tidied_ = -1;
  const auto number = build.made().archive.number;
  try {
    if (build.copy(log, store_)) {
      build_ = std::move(build);
      return std::nullopt;
    }
  } catch (const Failure&) {
    // Another process that opens the log takes the file for a leftover, and removes it.
    if (ask<bool>([number](LogWriter& writer) { return is_being_written(writer, number); })) throw;
    return std::nullopt;
  }
  if (auto entries = build.next_entries(); !entries.empty()) {
    run_([entries = std::move(entries)](LogWriter& writer) { put_entries(writer, entries); });
    build_ = std::move(build);
    return std::nullopt;
  }
  const bool named =
      ask<bool>([made = build.made()](LogWriter& writer) { return name_archive(writer, made); });
  if (!named) return std::nullopt;
  erased_events_ += build.erased_events();
  erased_bytes_ += build.erased_bytes();
  return build;
}

/// Takes the next events out of the log that lie in archives; false: there are none.
bool Archiver::purge(LogReader& log) {
  {
    const LogMoment moment(log.files());
    auto first = log.database().statement("SELECT min(position) FROM events");
    if (!first.next() || read_number(first, 0) > log.files().archived()) return false;
  }
  return ask<std::uint64_t>(
             [](LogWriter& writer) { return purge_archived(writer, purged_of_step); }) > 0;
}

bool Archiver::tidy(LogReader& log) {
  const Turn turn(busy_);
  if (!turn.is_taken()) return false;
  log.files().refresh();
  const auto changes = log.files().changes();
  if (changes == tidied_) return false;
  if (is_unsure_) {
    left_over_ =
        ask<std::int64_t>([](LogWriter& writer) { return newest_number(writer.database()); });
    is_unsure_ = false;
  }
  if (purge(log)) return true;
  const auto removal = remove_file(log);
  if (removal == Removal::none) tidied_ = changes;
  return removal == Removal::removed;
}

/// Removes the next file that nobody reads any more.
Archiver::Removal Archiver::remove_file(LogReader& log) {
  std::int64_t number = 0;
  std::string file;
  bool was_read = false;
  {
    auto select = log.database().statement(
        "SELECT number, file, state = 2 FROM archives WHERE number <> ?2 AND "
        "(state = 2 OR (state = 0 AND number <= ?1)) ORDER BY number LIMIT 1");
    const auto at_work = build_ ? build_->made().archive.number : 0;
    if (!select.bind_all(left_over_, at_work).next()) return Removal::none;
    number = select.integer(0);
    file = select.text(1);
    was_read = select.integer(2) != 0;
  }
  // All that is in the WAL can be moved only when no reader, of any process, is at an earlier
  // moment: then nobody knows the file any more who has not opened it.
  if (was_read && !log.database().checkpoint(sqlite::CheckpointMode::passive).complete) {
    return Removal::waits;
  }
  // Whoever writes it may have come to its end since: it is removed only when it never comes in
  // use.
  if (!was_read &&
      !ask<bool>([number](LogWriter& writer) { return give_up_archive(writer, number); })) {
    return Removal::none;
  }
  log.files().cold().remove(file);
  run_([number](LogWriter& writer) { forget_archive(writer, number); });
  return Removal::removed;
}

}  // namespace tidemark::store
