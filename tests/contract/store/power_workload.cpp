#include "contract/store/power_workload.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "contract/store/power_told.hpp"
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
    run_.told.push_back({.state = told_state(*store_)});
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
  StreamId written_stream();
  AppendId new_append_id() { return AppendId(Uuid::version7(clock_.now(), random_)); }
  NewEvent new_event();
  Append new_append();
  Append skipping_append();
  void append(std::vector<Append> group);
  void repeat();
  void conflict();
  void import();
  void tell(bool lasts, const std::function<void()>& work);
  void append_something();
  void change(decltype(LifeCycleChange::what) what);
  void change_something();
  void change_kept();
  void change_property();
  void move_consumer();
  SkipEvent any_skip();

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
  if (earlier.outcome) static_cast<void>(earlier.hand_in(*store_));
}

void Runner::conflict() {
  auto append = new_append();
  const auto stream =
      run_.by_stream.empty() ? any_stream() : *StreamId::parse(run_.by_stream.begin()->first);
  append.streams = {{.stream = stream, .expected = ExpectedState::no_stream(), .events = {}}};
  append.streams[0].events.push_back(new_event());
  this->append({std::move(append)});
}

void Runner::import() {
  PowerAppend known{.append = {.id = new_append_id(), .streams = {}}, .begun = now()};
  for (auto count = 1 + random_.below(20); count > 0; --count) {
    known.imported.push_back({.stream = any_stream(), .event = new_event()});
  }
  const auto result = known.hand_in(*store_);
  known.acknowledged = now();
  if (result.has_value()) known.outcome = *result;
  run_.appends.push_back(std::move(known));
}

/// Does `work`, and keeps what the store tells of itself then. `lasts`: under `normal` too.
void Runner::tell(bool lasts, const std::function<void()>& work) {
  PowerTold told{.begun = now(), .lasts = lasts || workload_.durability == Durability::full};
  work();
  told.acknowledged = now();
  told.state = told_state(*store_);
  run_.told.push_back(std::move(told));
}

void Runner::change(decltype(LifeCycleChange::what) what) {
  const auto changed =
      store_->change({.what = std::move(what), .who = "ann", .reason = "power", .force = true});
  if (changed.has_value()) ++run_.changes;
}

SkipEvent Runner::any_skip() {
  SkipEvent skip{.event = EventId(Uuid::version7(clock_.now(), random_)), .skipped = !one_in(4)};
  const auto& earlier = run_.appends[random_.below(run_.appends.size())].append;
  if (!earlier.streams.empty()) skip.event = earlier.streams[0].events[0].event_id;
  return skip;
}

StreamId Runner::written_stream() {
  const auto streams = store_->streams("", "", 2 * streams_max);
  return streams.empty() ? any_stream() : streams[random_.below(streams.size())].stream;
}

void Runner::change_kept() {
  auto stream = written_stream();
  switch (random_.below(4)) {
    case 0:
      return change(DeleteStream{.stream = std::move(stream),
                                 .deletion = one_in(6) ? Deletion::hard : Deletion::soft});
    case 1: {
      const auto version = store_->stream_version(stream).value();
      return change(TruncateStream{.stream = std::move(stream),
                                   .before = StreamVersion(1 + random_.below(version + 1))});
    }
    case 2:
      return change(Retention{.stream = std::move(stream), .count_max = 1 + random_.below(5)});
    default:
      return change(any_skip());
  }
}

/// Sets it if it is as it was found: nobody else changes it.
void Runner::change_property() {
  const auto expected = store_->property(power_agreement);
  store_->change_property(power_agreement, expected, std::to_string(random_.next()));
}

void Runner::move_consumer() {
  const auto position = store_->high_water();
  store_->report_consumers(
      {{.name = "reader",
        .checkpoint = {.position = position, .chain = *store_->chain_at(position)},
        .reported_at = {}}});
}

void Runner::change_something() {
  const auto what = random_.below(14);
  if (what < 7) {
    tell(true, [&] { change_kept(); });
  } else if (what < 9) {
    tell(false, [&] { store_->compact(1 + random_.below(50)); });
  } else if (what == 9) {
    tell(true, [&] { store_->issue_checkpoint(); });
  } else if (what == 10) {
    tell(false, [&] { change_property(); });
  } else if (what == 11) {
    tell(false, [&] { move_consumer(); });
  } else if (what == 12) {
    tell(true, [&] { store_->forget_consumer("reader"); });
  } else {
    tell(false, [&] {
      const auto value = std::string(1 + random_.below(3000), 'p');
      store_->set_property(power_property, value + std::to_string(random_.next()));
    });
  }
}

void Runner::append_something() {
  const auto what = random_.below(15);
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
    import();
  }
}

void Runner::round() {
  clock_.advance(std::chrono::milliseconds(1 + static_cast<std::int64_t>(random_.below(1000))));
  tell(false, [&] { append_something(); });
  if (one_in(2)) change_something();
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
