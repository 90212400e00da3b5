#include "contract/store/power_workload.hpp"

#include <memory>
#include <utility>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/sqlite/memory_files.hpp"

namespace tidemark::store {
namespace {

constexpr std::int64_t start_micros = 1'790'000'000'000'000;
constexpr std::uint64_t streams_max = 12;

struct Recording final : sqlite::DiskWatcher {
  std::vector<sqlite::DiskOperation> operations;
  void happened(const sqlite::DiskOperation& operation) override {
    operations.push_back(operation);
  }
};

/// The workload while it runs.
class Runner {
 public:
  explicit Runner(const PowerWorkload& workload) : workload_(workload), random_(workload.seed) {
    files_.watch(&recording_);
    open();
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() {
    store_.reset();
    files_.watch(nullptr);
  }

  void round();
  PowerRun finish();

 private:
  void open() {
    store_ = SqliteStore::open(power_options(workload_, files_.vfs()), clock_, random_);
  }
  [[nodiscard]] std::uint64_t now() const { return recording_.operations.size(); }
  bool one_in(std::uint64_t chances) { return random_.below(chances) == 0; }
  StreamId any_stream() {
    return {one_in(4) ? "other" : "thing", std::to_string(random_.below(streams_max))};
  }
  AppendId new_append_id() { return AppendId(Uuid::version7(clock_.now(), random_)); }
  NewEvent new_event();
  Append new_append();
  Append skipping_append();
  void append(std::vector<Append> group);
  void repeat();
  void conflict();
  void set_property();

  PowerWorkload workload_;
  SeededRandom random_;
  ManualClock clock_{UtcTime::from_micros(start_micros)};
  Recording recording_;
  sqlite::MemoryFiles files_;
  std::unique_ptr<SqliteStore> store_;
  PowerRun run_;
};

NewEvent Runner::new_event() {
  const EventId id(Uuid::version7(clock_.now(), random_));
  // Now and then one that does not fit on a page.
  const auto size = one_in(12) ? 4000 + random_.below(9000) : random_.below(1500);
  NewEvent event{.event_id = id,
                 .type = one_in(3) ? "test.Happened" : "test.Changed",
                 .data = std::string(size, static_cast<char>('a' + random_.below(26))),
                 .event_time = clock_.now()};
  if (one_in(4)) event.correlation_id = "conversation " + std::to_string(random_.below(20));
  if (one_in(4)) event.tags = {"tag"};
  return event;
}

Append Runner::new_append() {
  Append append{.id = new_append_id(), .streams = {}};
  const auto streams = 1 + random_.below(3);
  for (std::uint64_t at = 0; at < streams; ++at) {
    auto stream = any_stream();
    bool named = false;
    for (const auto& write : append.streams) named = named || write.stream == stream;
    if (named) continue;
    StreamWrite write{.stream = std::move(stream)};
    const auto events = one_in(20) ? 40 : 1 + random_.below(4);
    for (std::uint64_t event = 0; event < events; ++event) write.events.push_back(new_event());
    append.streams.push_back(std::move(write));
  }
  if (one_in(5)) {
    const auto later = clock_.now() + std::chrono::hours(24 * 365);
    append.answer =
        Answer{.bytes = "answer " + std::to_string(random_.next()), .expires_at = later};
    if (one_in(2)) append.streams.clear();
  }
  return append;
}

/// One that brings events along of which some are stored already, or all of them.
Append Runner::skipping_append() {
  auto append = new_append();
  append.on_duplicate = OnDuplicate::skip;
  const auto& earlier = run_.appends[random_.below(run_.appends.size())].append;
  if (append.streams.empty() || earlier.streams.empty()) return append;
  auto& events = append.streams[0].events;
  if (one_in(3)) {
    append.streams.resize(1);
    events.clear();
  }
  events.push_back(earlier.streams[0].events[0]);
  return append;
}

void Runner::append(std::vector<Append> group) {
  const auto first = run_.appends.size();
  std::vector<Ticket> tickets;
  for (auto& append : group) {
    run_.appends.push_back({.append = append, .begun = now()});
    tickets.push_back(store_->submit(std::move(append)));
  }
  for (std::size_t at = 0; at < tickets.size(); ++at) {
    const auto result = tickets[at].wait();
    auto& known = run_.appends[first + at];
    known.acknowledged = now();
    if (result.has_value()) known.outcome = *result;
  }
}

/// The same append id again: it is answered from what is stored.
void Runner::repeat() {
  const auto& earlier = run_.appends[random_.below(run_.appends.size())];
  if (earlier.outcome) static_cast<void>(store_->append(earlier.append));
}

void Runner::conflict() {
  auto append = new_append();
  const auto stream =
      run_.by_stream.empty() ? any_stream() : *StreamId::parse(run_.by_stream.begin()->first);
  append.streams = {{.stream = stream, .expected = ExpectedState::no_stream(), .events = {}}};
  append.streams[0].events.push_back(new_event());
  this->append({std::move(append)});
}

void Runner::set_property() {
  PowerProperty property{.value = std::string(1 + random_.below(3000), 'p'), .begun = now()};
  property.value += std::to_string(run_.properties.size());
  store_->set_property(power_property, property.value);
  property.acknowledged = now();
  run_.properties.push_back(std::move(property));
}

void Runner::round() {
  clock_.advance(std::chrono::milliseconds(1 + static_cast<std::int64_t>(random_.below(1000))));
  const auto what = random_.below(16);
  if (run_.appends.empty() || what < 6) {
    append({new_append()});
  } else if (what < 10) {
    std::vector<Append> group;
    for (auto count = 2 + random_.below(5); count > 0; --count) {
      group.push_back(one_in(4) ? skipping_append() : new_append());
    }
    append(std::move(group));
  } else if (what < 12) {
    append({skipping_append()});
  } else if (what == 12) {
    conflict();
  } else if (what == 13) {
    repeat();
  } else {
    set_property();
  }
  if (one_in(4)) {
    while (store_->maintain()) {
    }
  }
  if (one_in(24)) {
    store_.reset();
    open();
  }
  run_.shown.push_back({.high_water = store_->high_water(), .at = now()});
}

PowerRun Runner::finish() {
  run_.workload = workload_;
  run_.operations = recording_.operations;
  for (const auto& operation : run_.operations) {
    const bool header = operation.kind == sqlite::DiskOperation::Kind::write &&
                        operation.offset == 0 && operation.bytes.size() == 32;
    if (header) ++run_.wal_restarts;
  }
  while (store_->maintain()) {
  }
  for (Position at;; at = at.next()) {
    const auto chain = store_->chain_at(at);
    if (!chain) break;
    run_.chain.push_back(*chain);
  }
  ReadQuery query{.limit = 1'000'000};
  store_->read(query, [&](const EventView& event) {
    run_.by_stream[std::string(event.metadata.stream)].push_back(event.metadata.position.value());
    return true;
  });
  return std::move(run_);
}

}  // namespace

SqliteStoreOptions power_options(const PowerWorkload& workload, const std::string& vfs) {
  // So small that the WAL is moved and begun anew all the time, in both ways.
  return {.file = "store",
          .durability = workload.durability,
          .wal_soft_bytes = 100'000,
          .wal_hard_bytes = 300'000,
          .vfs = vfs};
}

UtcTime power_end() { return UtcTime::from_micros(start_micros) + std::chrono::hours(24); }

PowerRun run_workload(const PowerWorkload& workload) {
  Runner runner(workload);
  for (std::uint64_t round = 0; round < workload.rounds; ++round) runner.round();
  return runner.finish();
}

}  // namespace tidemark::store
