#include "tidemark/store/sqlite_store.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "archiver.hpp"
#include "consumers.hpp"
#include "facts.hpp"
#include "file_format.hpp"
#include "life_cycle.hpp"
#include "log_committer.hpp"
#include "log_place.hpp"
#include "log_work.hpp"
#include "maintenance.hpp"
#include "outcomes.hpp"
#include "reader_pool.hpp"
#include "replica.hpp"
#include "sqlite_integrity.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/integrity_work.hpp"
#include "tidemark/store/limits.hpp"
#include "tidemark/store/texts.hpp"
#include "tidemark/store/visibility.hpp"
#include "type_register.hpp"
#include "verify.hpp"

namespace tidemark::store {
namespace {

/// A store over one file: takes each call to the part that does it.
class SqliteStoreEngine final : public SqliteStore {
 public:
  SqliteStoreEngine(std::unique_ptr<sqlite::MemoryFiles> memory, const SqliteStoreOptions& options,
                    const Clock& clock, Random& random);

  Ticket submit(Append append) override;
  Result<Appended, AppendError> append(Append append) override;
  std::optional<Appended> find_append(const AppendId& id) override;
  ReadEnd read(const ReadQuery& query, const Visitor& visit) override;
  ReadEnd read_stream(const StreamQuery& query, const Visitor& visit) override;
  std::optional<RecordedEvent> find_event(const EventId& id) override;
  Position high_water() override;
  Position position_at(UtcTime recorded_at) override;
  std::optional<ChainHash> chain_at(Position position) override;
  StreamState stream_state(const StreamId& stream) override;
  std::vector<StreamInfo> streams(const std::string& category, const std::string& after,
                                  std::uint64_t limit) override;
  std::uint32_t register_type(const std::string& type, const std::string& fingerprint) override;
  [[nodiscard]] StoreId store_id() const override { return identity_.store_id; }
  [[nodiscard]] Listening listen(std::function<void()> listener) override;
  std::optional<std::string> property(const std::string& name) override;
  void set_property(const std::string& name, const std::string& value) override;
  bool change_property(const std::string& name, const std::optional<std::string>& expected,
                       const std::string& value) override;
  Result<Appended, AppendError> import(Import batch) override;
  Result<LifeCycleChanged, LifeCycleError> change(LifeCycleChange change) override;
  std::optional<Retention> retention(const StreamId& stream) override;
  std::vector<Skipped> skipped_events(Position after, std::uint64_t limit) override;
  Compacted compact(std::uint64_t events_max) override;
  void report_consumers(const std::vector<Consumer>& consumers) override;
  [[nodiscard]] std::vector<Consumer> consumers() override;
  bool forget_consumer(const std::string& name) override;
  std::uint64_t stored_events(Position from, std::uint64_t limit,
                              const std::function<bool(const StoredEvent&)>& visit) override;
  std::vector<Record> records(Record::Kind kind, const std::string& after,
                              std::uint64_t limit) override;
  void put_events(std::span<const StoredEvent> events) override;
  void put_records(std::span<const Record> records) override;
  Verified verify(const VerifyProgress& progress) override;
  StoreFacts facts(bool with_counts) override;
  std::optional<InclusionProof> prove(Position position) override;
  IssuedCheckpoint issue_checkpoint() override;
  std::vector<IssuedCheckpoint> issued_checkpoints(std::uint64_t limit) override;
  Result<Archived, LifeCycleError> archive(const ArchiveRequest& request) override;
  bool maintain() override;

 private:
  void open_writer(Random& random);
  std::unique_ptr<LogReader> open_reader();
  void check_writable() const;
  [[nodiscard]] Limits limits() const;
  void run(std::function<void(LogWriter&)> task);
  template <typename Value>
  Value ask(std::function<Value(LogWriter&)> task);
  void make_durable(LogReader& reader) const;
  [[nodiscard]] bool sees_committed() const;
  Position refresh_high_water(LogReader& reader);

  const std::unique_ptr<sqlite::MemoryFiles> memory_;  ///< of a store that is nowhere else
  const SqliteStoreOptions options_;
  const Clock& clock_;
  const IntegrityKeys keys_;
  Identity identity_;
  std::atomic<bool> side_damaged_{false};
  Visibility visibility_;
  std::optional<LogPlace> place_;
  std::unique_ptr<LogCommitter> committer_;  ///< none when it is opened for reading only
  LogQueue queue_;
  ReaderPool readers_;
  std::unique_ptr<Maintenance> maintenance_;  ///< likewise
  std::optional<IntegrityWork> integrity_;    ///< likewise
  std::optional<Archiver> archiver_;          ///< likewise
};

SqliteStoreEngine::SqliteStoreEngine(std::unique_ptr<sqlite::MemoryFiles> memory,
                                     const SqliteStoreOptions& options, const Clock& clock,
                                     Random& random)
    : memory_(std::move(memory)),
      options_(options),
      clock_(clock),
      keys_(options.signing_key_file, options.verifier_keys),
      queue_(
          {.queue_max = options.queue_max,
           .group_max = options.group_max,
           .patience = options.busy_timeout,
           .gather_max = options.gather_max},
          clock,
          [this](std::span<const std::shared_ptr<LogWork>> group) { committer_->commit(group); }),
      readers_(options.readers_max, options.busy_timeout, [this] { return open_reader(); }) {
  if (!options_.read_only) open_writer(random);
  auto database = open_for_reading(options_);
  identity_ = read_identity(database);
  if (!place_) place_.emplace(options_);
  if (maintenance_) maintenance_->follow(identity_.store_id);
  if (committer_) {
    integrity_.emplace(identity_.store_id, options_.checkpoint_every, keys_);
    archiver_.emplace(identity_.store_id, database, [this](auto task) { run(std::move(task)); });
  }
  const auto reader = readers_.lease();
  if (sees_committed()) refresh_high_water(*reader);
}

std::unique_ptr<LogReader> SqliteStoreEngine::open_reader() {
  place_->check();
  auto database = open_for_reading(options_);
  place_->check();  // what was opened is what lay there before and lies there now
  return std::make_unique<LogReader>(std::move(database), options_,
                                     SideReader(options_, identity_.store_id, side_damaged_));
}

void SqliteStoreEngine::open_writer(Random& random) {
  auto database = open_for_writing(options_);
  if (read_identity(database).store_id.is_nil()) {
    give_identity(database, options_.identity.value_or(new_identity(clock_, random)));
  }
  check_identity(options_.identity, read_identity(database), options_.file.string());
  place_.emplace(options_);
  committer_ = std::make_unique<LogCommitter>(
      std::move(database), clock_, visibility_,
      LogCommitter::Options{
          .store = options_, .place = *place_, .visible_when_committed = sees_committed()});
  maintenance_ = std::make_unique<Maintenance>(options_, open_for_reading(options_),
                                               Maintenance::Parts{.place = *place_,
                                                                  .committer = *committer_,
                                                                  .queue = queue_,
                                                                  .visibility = visibility_,
                                                                  .clock = clock_,
                                                                  .side_damaged = side_damaged_});
  maintenance_->sync();
}

/// Whether readers see what is committed. Under `normal` they see what is synced; a store opened
/// for reading cannot sync, and shows what the file shows.
bool SqliteStoreEngine::sees_committed() const {
  return options_.read_only || options_.durability == Durability::full;
}

void SqliteStoreEngine::check_writable() const {
  if (committer_) return;
  throw Failure({.code = "store.read_only",
                 .message = options_.file.string() + " was opened for reading only",
                 .hint = "open it without read_only"});
}

Limits SqliteStoreEngine::limits() const {
  return {.events_max = options_.events_max, .data_size_max = options_.data_size_max};
}

Ticket SqliteStoreEngine::submit(Append append) {
  check_writable();
  if (auto limit = exceeded(append, limits())) {
    return Ticket(std::make_shared<RefusedAppend>(*std::move(limit)));
  }
  check_texts(append);
  auto pending = std::make_shared<PendingAppend>(queue_, std::move(append));
  if (!queue_.add(pending)) fail_busy();
  return Ticket(std::move(pending));
}

Result<Appended, AppendError> SqliteStoreEngine::append(Append append) {
  return submit(std::move(append)).wait();
}

std::optional<Appended> SqliteStoreEngine::find_append(const AppendId& id) {
  const auto reader = readers_.lease();
  const LogMoment moment(reader->files());
  return find_outcome(reader->files(), id, clock_.now());
}

Position SqliteStoreEngine::refresh_high_water(LogReader& reader) {
  if (sees_committed()) visibility_.raise(reader.last_position());
  return visibility_.high_water();
}

ReadEnd SqliteStoreEngine::read(const ReadQuery& query, const Visitor& visit) {
  check_limits(query);
  const auto reader = readers_.lease();
  return reader->read(query, refresh_high_water(*reader), visit);
}

ReadEnd SqliteStoreEngine::read_stream(const StreamQuery& query, const Visitor& visit) {
  return readers_.lease()->read_stream(query, clock_.now(), visit);
}

std::optional<RecordedEvent> SqliteStoreEngine::find_event(const EventId& id) {
  return readers_.lease()->find_event(id);
}

Position SqliteStoreEngine::high_water() {
  return sees_committed() ? refresh_high_water(*readers_.lease()) : visibility_.high_water();
}

Position SqliteStoreEngine::position_at(UtcTime recorded_at) {
  const auto reader = readers_.lease();
  return reader->position_at(recorded_at, refresh_high_water(*reader));
}

std::optional<ChainHash> SqliteStoreEngine::chain_at(Position position) {
  return readers_.lease()->chain_at(position);
}

StreamState SqliteStoreEngine::stream_state(const StreamId& stream) {
  return readers_.lease()->stream_state(stream, clock_.now());
}

std::vector<StreamInfo> SqliteStoreEngine::streams(const std::string& category,
                                                   const std::string& after, std::uint64_t limit) {
  return readers_.lease()->streams(category, after, limit);
}

/// Runs `task` in a write transaction, together with whatever else waits. It may run after the
/// caller has left with "store.busy": it must own what it needs.
void SqliteStoreEngine::run(std::function<void(LogWriter&)> task) {
  check_writable();
  const auto work = std::make_shared<LogTask>(std::move(task));
  if (!queue_.add(work) || !queue_.wait(*work)) fail_busy();
  work->check();
}

/// As `run`, for a task with an answer.
template <typename Value>
Value SqliteStoreEngine::ask(std::function<Value(LogWriter&)> task) {
  const auto answer = std::make_shared<std::optional<Value>>();  // shared with the task, see `run`
  run([answer, task = std::move(task)](LogWriter& writer) { answer->emplace(task(writer)); });
  return **std::move(answer);
}

/// Under `normal` a commit does not last before it is synced.
void SqliteStoreEngine::make_durable(LogReader& reader) const {
  if (options_.durability == Durability::full) return;
  reader.last_position();  // a connection that has read nothing knows of no WAL
  reader.database().sync_wal();
}

std::uint32_t SqliteStoreEngine::register_type(const std::string& type,
                                               const std::string& fingerprint) {
  if (const auto known = find_schema(readers_.lease()->database(), type, fingerprint)) {
    return *known;
  }
  check_text("type", type);
  check_text("fingerprint", fingerprint);
  return ask<std::uint32_t>(
      [=](LogWriter& writer) { return add_schema(writer, type, fingerprint); });
}

Listening SqliteStoreEngine::listen(std::function<void()> listener) {
  return visibility_.listen(std::move(listener));
}

std::optional<std::string> SqliteStoreEngine::property(const std::string& name) {
  return readers_.lease()->property(name);
}

void SqliteStoreEngine::set_property(const std::string& name, const std::string& value) {
  check_text("a property's name", name);
  run([name, value](LogWriter& writer) {
    writer.database()
        .statement("INSERT OR REPLACE INTO properties(name, value) VALUES(?1, ?2)")
        .bind_all(std::string_view(name), sqlite::Blob{value})
        .run();
  });
}

bool SqliteStoreEngine::change_property(const std::string& name,
                                        const std::optional<std::string>& expected,
                                        const std::string& value) {
  check_text("a property's name", name);
  return ask<bool>([=](LogWriter& writer) {
    auto& database = writer.database();
    auto change = database.statement(
        expected ? "UPDATE properties SET value = ?2 WHERE name = ?1 AND value = ?3"
                 : "INSERT OR IGNORE INTO properties(name, value) VALUES(?1, ?2)");
    change.bind_all(std::string_view(name), sqlite::Blob{value});
    if (expected) change.bind(3, sqlite::Blob{*expected});
    change.run();
    return database.changes() == 1;
  });
}

Result<Appended, AppendError> SqliteStoreEngine::import(Import batch) {
  check_writable();
  if (auto limit = exceeded(batch, limits())) return Unexpected<AppendError>(*std::move(limit));
  check_texts(batch);
  const auto work = std::make_shared<PendingImport>(std::move(batch));
  if (!queue_.add(work) || !queue_.wait(*work)) fail_busy();
  work->check();
  return work->outcome();
}

Result<LifeCycleChanged, LifeCycleError> SqliteStoreEngine::change(LifeCycleChange change) {
  auto changed = ask<Result<LifeCycleChanged, LifeCycleError>>(
      [change = std::move(change)](LogWriter& writer) { return change_life(writer, change); });
  make_durable(*readers_.lease());
  return changed;
}

std::optional<Retention> SqliteStoreEngine::retention(const StreamId& stream) {
  return find_retention(readers_.lease()->database(), stream);
}

std::vector<Skipped> SqliteStoreEngine::skipped_events(Position after, std::uint64_t limit) {
  return find_skipped(readers_.lease()->database(), after, limit);
}

Compacted SqliteStoreEngine::compact(std::uint64_t events_max) {
  auto done =
      ask<Compacted>([events_max](LogWriter& writer) { return compact_round(writer, events_max); });
  archiver_->erase(*readers_.lease(), done);
  return done;
}

Result<Archived, LifeCycleError> SqliteStoreEngine::archive(const ArchiveRequest& request) {
  check_writable();
  const auto reader = readers_.lease();
  return archiver_->archive(*reader, request, refresh_high_water(*reader));
}

void SqliteStoreEngine::report_consumers(const std::vector<Consumer>& consumers) {
  check_limits(consumers);
  run([consumers](LogWriter& writer) {
    for (const auto& consumer : consumers) put_consumer(writer.database(), consumer);
  });
}

std::vector<Consumer> SqliteStoreEngine::consumers() {
  return find_consumers(readers_.lease()->database());
}

bool SqliteStoreEngine::forget_consumer(const std::string& name) {
  const bool was_there =
      ask<bool>([name](LogWriter& writer) { return remove_consumer(writer.database(), name); });
  make_durable(*readers_.lease());
  return was_there;
}

std::uint64_t SqliteStoreEngine::stored_events(
    Position from, std::uint64_t limit, const std::function<bool(const StoredEvent&)>& visit) {
  const auto reader = readers_.lease();
  return store::stored_events(*reader, from, refresh_high_water(*reader), limit, visit);
}

std::vector<Record> SqliteStoreEngine::records(Record::Kind kind, const std::string& after,
                                               std::uint64_t limit) {
  return find_records(readers_.lease()->database(), kind, after, limit);
}

void SqliteStoreEngine::put_events(std::span<const StoredEvent> events) {
  struct Owned {
    RecordedEvent event;
    ChainHash data_digest, chain;
  };
  const auto owned = std::make_shared<std::vector<Owned>>();  // outlives the caller, see `run`
  owned->reserve(events.size());
  for (const auto& stored : events) {
    owned->push_back({RecordedEvent(stored.event), stored.data_digest, stored.chain});
  }
  run([owned](LogWriter& writer) {
    std::vector<StoredEvent> views;
    views.reserve(owned->size());
    for (const auto& [event, data_digest, chain] : *owned) {
      views.push_back({.event = event.view(), .data_digest = data_digest, .chain = chain});
    }
    put_stored_events(writer, views);
  });
}

void SqliteStoreEngine::put_records(std::span<const Record> records) {
  run([owned = std::vector(records.begin(), records.end())](LogWriter& writer) {
    for (const auto& record : owned) put_record(writer, record);
  });
}

Verified SqliteStoreEngine::verify(const VerifyProgress& progress) {
  const auto reader = readers_.lease();
  return verify_log({.reader = *reader,
                     .open_reader = [this] { return open_reader(); },  // the pool may have one
                     .store = identity_.store_id,
                     .keys = keys_},
                    refresh_high_water(*reader), progress);
}

std::optional<InclusionProof> SqliteStoreEngine::prove(Position position) {
  const auto reader = readers_.lease();
  SqliteIntegrityLog log(*reader);
  return IntegrityWork::prove(log, position);
}

IssuedCheckpoint SqliteStoreEngine::issue_checkpoint() {
  check_writable();
  const auto reader = readers_.lease();
  SqliteIntegrityLog log(*reader, [this](auto task) { run(std::move(task)); });
  auto issued = integrity_->issue(
      {.log = log, .high_water = refresh_high_water(*reader), .now = clock_.now()});
  make_durable(*reader);
  return issued;
}

std::vector<IssuedCheckpoint> SqliteStoreEngine::issued_checkpoints(std::uint64_t limit) {
  return SqliteIntegrityTables(readers_.lease()->files()).newest_checkpoints(limit);
}

StoreFacts SqliteStoreEngine::facts(bool with_counts) {
  const auto reader = readers_.lease();
  StoreFacts facts{.store_id = identity_.store_id,
                   .engine = "sqlite",
                   .format = file_format,
                   .durability = options_.durability,
                   .created_at = identity_.created_at,
                   .high_water = refresh_high_water(*reader),
                   .side = reader->side_through()};
  read_facts(*reader, with_counts, facts);
  return facts;
}

bool SqliteStoreEngine::maintain() {
  if (!maintenance_) return false;
  const auto now = clock_.now();
  const bool worked = maintenance_->round(now);
  const auto high_water = visibility_.high_water();
  const auto reader = readers_.lease();
  if (archiver_->tidy(*reader)) return true;
  if (!integrity_->is_due(high_water)) return worked;
  SqliteIntegrityLog log(*reader, [this](auto task) { run(std::move(task)); });
  try {
    return integrity_->round({.log = log, .high_water = high_water, .now = now}) || worked;
  } catch (const Failure& failure) {
    if (!is_of_cold_file(failure)) throw;
    return worked;  // the tree waits for the file
  }
}

/// The file itself, when it is named by a link: SQLite keeps the WAL beside the file, and so are
/// its cold files, by whichever name it is opened.
std::filesystem::path file_behind(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_symlink(file, error)) return file;
  const auto target = std::filesystem::read_symlink(file, error);
  const auto found = std::filesystem::weakly_canonical(file.parent_path() / target, error);
  return error ? file : found;
}

/// A pipe would have whoever opens it wait for good.
void check_is_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (error || !std::filesystem::is_other(status)) return;
  throw Failure({.code = "store.not_a_store",
                 .message = fmt::format("{} is a pipe or a device", file.string()),
                 .hint = "name a file"});
}

}  // namespace

std::unique_ptr<SqliteStore> SqliteStore::open(const SqliteStoreOptions& options,
                                               const Clock& clock, Random& random) {
  if (options.file != ":memory:") {
    auto of_file = options;
    if (options.vfs.empty()) {
      of_file.file = file_behind(options.file);
      check_is_file(of_file.file);
    }
    return std::make_unique<SqliteStoreEngine>(nullptr, of_file, clock, random);
  }
  auto memory = std::make_unique<sqlite::MemoryFiles>();
  auto in_memory = options;
  in_memory.file = "store";
  in_memory.vfs = memory->vfs();
  return std::make_unique<SqliteStoreEngine>(std::move(memory), in_memory, clock, random);
}

}  // namespace tidemark::store
