#include "tidemark/store_postgres/postgres_store.hpp"

#include <utility>

#include "connection_pool.hpp"
#include "group_committer.hpp"
#include "importing.hpp"
#include "integrity.hpp"
#include "life_cycle.hpp"
#include "log_reader.hpp"
#include "pending_append.hpp"
#include "replica.hpp"
#include "seen_log.hpp"
#include "tables.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store/integrity_work.hpp"
#include "tidemark/store/limits.hpp"
#include "tidemark/store/texts.hpp"
#include "tidemark/store/visibility.hpp"
#include "upkeep.hpp"
#include "verify.hpp"

namespace tidemark::store_postgres {
namespace {

/// A store in one schema: takes each call to the part that does it.
class PostgresStoreEngine final : public PostgresStore {
 public:
  PostgresStoreEngine(const PostgresStoreOptions& options, const Clock& clock, Random& random);

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
  bool maintain() override;

 private:
  void check_writable() const;
  [[nodiscard]] Limits limits() const;
  void notice_commit();

  const PostgresStoreOptions options_;
  const Clock& clock_;
  const IntegrityKeys keys_;
  Visibility visibility_;
  SeenLog seen_{visibility_};
  GroupCommitter committer_;
  PendingAppend::Queue queue_;
  ConnectionPool pool_;
  LogReader reader_;
  Upkeep upkeep_;
  store::Identity identity_;
  std::optional<IntegrityWork> integrity_;  ///< there as soon as the identity is
};

PostgresStoreEngine::PostgresStoreEngine(const PostgresStoreOptions& options, const Clock& clock,
                                         Random& random)
    : options_(options),
      clock_(clock),
      keys_(options.signing_key_file, options.verifier_keys),
      committer_({.connect = connect_options(options),
                  .patience = options.busy_timeout,
                  .channel = channel_of(options)},
                 clock, random, seen_),
      queue_({.queue_max = options.queue_max,
              .group_max = options.group_max,
              .patience = options.busy_timeout,
              .gather_max = options.gather_max},
             clock, [this](GroupCommitter::Group group) { committer_.commit(group); }),
      pool_({.connect = connect_options(options),
             .connections_max = options.readers_max,
             .patience = options.busy_timeout},
            seen_),
      reader_(pool_),
      upkeep_(options, clock, random, {.pool = pool_, .seen = seen_}) {
  pool_.with([&](postgres::Connection& connection) {
    prepare_schema(connection, options_);
    if (read_identity(connection).store_id.is_nil()) {
      give_identity(connection, options_.identity.value_or(store::new_identity(clock_, random)));
    }
    identity_ = read_identity(connection);
    store::check_identity(options_.identity, identity_, "the schema " + options_.schema);
  });
  integrity_.emplace(identity_.store_id, options_.checkpoint_every, keys_);
  seen_.raise(reader_.end(seen_.high_water()));
}

void PostgresStoreEngine::check_writable() const {
  if (!options_.read_only) return;
  throw Failure({.code = "store.read_only",
                 .message = "the store was opened for reading only",
                 .hint = "open it without read_only"});
}

Limits PostgresStoreEngine::limits() const {
  return {.events_max = options_.events_max, .data_size_max = options_.data_size_max};
}

Ticket PostgresStoreEngine::submit(Append append) {
  check_writable();
  if (auto limit = exceeded(append, limits())) {
    return Ticket(std::make_shared<RefusedAppend>(*std::move(limit)));
  }
  check_texts(append);
  auto pending = std::make_shared<PendingAppend>(queue_, std::move(append));
  if (!queue_.add(pending)) fail_busy();
  return Ticket(std::move(pending));
}

Result<Appended, AppendError> PostgresStoreEngine::append(Append append) {
  return submit(std::move(append)).wait();
}

std::optional<Appended> PostgresStoreEngine::find_append(const AppendId& id) {
  return reader_.find_append(id, clock_.now());
}

ReadEnd PostgresStoreEngine::read(const ReadQuery& query, const Visitor& visit) {
  check_limits(query);
  return reader_.read(query, high_water(), visit);
}

ReadEnd PostgresStoreEngine::read_stream(const StreamQuery& query, const Visitor& visit) {
  return reader_.read_stream(query, clock_.now(), visit);
}

std::optional<RecordedEvent> PostgresStoreEngine::find_event(const EventId& id) {
  return reader_.find_event(id);
}

Position PostgresStoreEngine::high_water() {
  seen_.raise(reader_.end(seen_.high_water()));
  return seen_.high_water();
}

Position PostgresStoreEngine::position_at(UtcTime recorded_at) {
  return reader_.position_at(recorded_at, high_water());
}

std::optional<ChainHash> PostgresStoreEngine::chain_at(Position position) {
  return reader_.chain_at(position);
}

StreamState PostgresStoreEngine::stream_state(const StreamId& stream) {
  return reader_.stream_state(stream, clock_.now());
}

std::vector<StreamInfo> PostgresStoreEngine::streams(const std::string& category,
                                                     const std::string& after,
                                                     std::uint64_t limit) {
  return reader_.streams(category, after, limit);
}

std::uint32_t PostgresStoreEngine::register_type(const std::string& type,
                                                 const std::string& fingerprint) {
  check_text("type", type);
  check_text("fingerprint", fingerprint);
  if (const auto known = reader_.find_schema(type, fingerprint)) return *known;
  check_writable();
  return pool_.with(
      [&](postgres::Connection& connection) { return add_schema(connection, type, fingerprint); });
}

Listening PostgresStoreEngine::listen(std::function<void()> listener) {
  return visibility_.listen(std::move(listener));
}

std::optional<std::string> PostgresStoreEngine::property(const std::string& name) {
  return reader_.property(name);
}

void PostgresStoreEngine::set_property(const std::string& name, const std::string& value) {
  check_writable();
  check_text("a property's name", name);
  pool_.with([&](postgres::Connection& connection) {
    connection.query(
        "INSERT INTO properties(name, value) VALUES($1, $2) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        postgres::parameters(name, postgres::Bytes{value}));
  });
}

bool PostgresStoreEngine::change_property(const std::string& name,
                                          const std::optional<std::string>& expected,
                                          const std::string& value) {
  check_writable();
  check_text("a property's name", name);
  return pool_.with([&](postgres::Connection& connection) {
    const auto changed =
        expected
            ? connection.query(
                  "UPDATE properties SET value = $2 WHERE name = $1 AND value = $3 "
                  "RETURNING 1",
                  postgres::parameters(name, postgres::Bytes{value}, postgres::Bytes{*expected}))
            : connection.query(
                  "INSERT INTO properties(name, value) VALUES($1, $2) "
                  "ON CONFLICT (name) DO NOTHING RETURNING 1",
                  postgres::parameters(name, postgres::Bytes{value}));
    return !changed.empty();
  });
}

/// After a commit that did not go through the queue.
void PostgresStoreEngine::notice_commit() {
  seen_.raise(reader_.end(seen_.high_water()));
  seen_.announce();
}

Result<Appended, AppendError> PostgresStoreEngine::import(Import batch) {
  check_writable();
  if (auto limit = exceeded(batch, limits())) return Unexpected<AppendError>(*std::move(limit));
  check_texts(batch);
  PendingImport pending(batch);
  auto outcome = pool_.with([&](postgres::Connection& connection) {
    return store_import(connection, pending, clock_.now(), channel_of(options_));
  });
  notice_commit();
  return outcome;
}

Result<LifeCycleChanged, LifeCycleError> PostgresStoreEngine::change(LifeCycleChange change) {
  check_writable();
  return pool_.once([&](postgres::Connection& connection) {
    return change_life(connection, change, clock_.now());
  });
}

std::optional<Retention> PostgresStoreEngine::retention(const StreamId& stream) {
  return pool_.with(
      [&](postgres::Connection& connection) { return find_retention(connection, stream); });
}

std::vector<Skipped> PostgresStoreEngine::skipped_events(Position after, std::uint64_t limit) {
  return pool_.with(
      [&](postgres::Connection& connection) { return find_skipped(connection, after, limit); });
}

Compacted PostgresStoreEngine::compact(std::uint64_t events_max) {
  check_writable();
  return pool_.with([&](postgres::Connection& connection) {
    return compact_round(connection, events_max, clock_.now());
  });
}

void PostgresStoreEngine::report_consumers(const std::vector<Consumer>& consumers) {
  check_limits(consumers);
  check_writable();
  pool_.with([&](postgres::Connection& connection) { put_consumers(connection, consumers); });
}

std::vector<Consumer> PostgresStoreEngine::consumers() {
  return pool_.with([](postgres::Connection& connection) { return find_consumers(connection); });
}

bool PostgresStoreEngine::forget_consumer(const std::string& name) {
  check_writable();
  return pool_.once(
      [&](postgres::Connection& connection) { return remove_consumer(connection, name); });
}

std::uint64_t PostgresStoreEngine::stored_events(
    Position from, std::uint64_t limit, const std::function<bool(const StoredEvent&)>& visit) {
  return visit_stored(pool_, from, high_water(), limit, visit);
}

std::vector<Record> PostgresStoreEngine::records(Record::Kind kind, const std::string& after,
                                                 std::uint64_t limit) {
  return pool_.with([&](postgres::Connection& connection) {
    return find_records(connection, kind, after, limit);
  });
}

void PostgresStoreEngine::put_events(std::span<const StoredEvent> events) {
  check_writable();
  pool_.with([&](postgres::Connection& connection) {
    store_copies(connection, events, clock_.now(), channel_of(options_));
  });
  notice_commit();
}

void PostgresStoreEngine::put_records(std::span<const Record> records) {
  check_writable();
  pool_.with(
      [&](postgres::Connection& connection) { store_postgres::put_records(connection, records); });
}

Verified PostgresStoreEngine::verify(const VerifyProgress& progress) {
  return verify_log({.pool = pool_, .store = identity_.store_id, .keys = keys_}, high_water(),
                    progress);
}

std::optional<InclusionProof> PostgresStoreEngine::prove(Position position) {
  PostgresIntegrityLog log(pool_, reader_);
  return IntegrityWork::prove(log, position);
}

IssuedCheckpoint PostgresStoreEngine::issue_checkpoint() {
  check_writable();
  PostgresIntegrityLog log(pool_, reader_);
  return integrity_->issue({.log = log, .high_water = high_water(), .now = clock_.now()});
}

std::vector<IssuedCheckpoint> PostgresStoreEngine::issued_checkpoints(std::uint64_t limit) {
  return PostgresIntegrityTables(pool_).newest_checkpoints(limit);
}

StoreFacts PostgresStoreEngine::facts(bool with_counts) {
  StoreFacts facts{.store_id = identity_.store_id,
                   .engine = "postgres",
                   .format = newest_format(),
                   .durability = Durability::full,
                   .created_at = identity_.created_at,
                   .high_water = high_water()};
  pool_.with([&](postgres::Connection& connection) { read_facts(connection, with_counts, facts); });
  return facts;
}

bool PostgresStoreEngine::maintain() {
  const auto now = clock_.now();
  const bool worked = upkeep_.round(now);
  const auto high_water = seen_.high_water();
  if (options_.read_only || !integrity_->is_due(high_water)) return worked;
  PostgresIntegrityLog log(pool_, reader_);
  return integrity_->round({.log = log, .high_water = high_water, .now = now}) || worked;
}

}  // namespace

std::unique_ptr<PostgresStore> PostgresStore::open(const PostgresStoreOptions& options,
                                                   const Clock& clock, Random& random) {
  return std::make_unique<PostgresStoreEngine>(options, clock, random);
}

}  // namespace tidemark::store_postgres
