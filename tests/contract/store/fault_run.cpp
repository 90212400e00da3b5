#include "contract/store/fault_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <utility>

#include "tidemark/base/failure.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t steps = 14;

using sqlite::DiskCall;
using Kind = sqlite::DiskFault::Kind;

std::uint64_t events_of(const Append& append, const std::vector<ImportedEvent>& imported) {
  std::uint64_t events = imported.size();
  for (const auto& write : append.streams) events += write.events.size();
  return events;
}

}  // namespace

FaultRun::FaultRun() : clock_(UtcTime::from_micros(1'790'000'000'000'000)) {
  options_ = {.file = "store",
              .busy_timeout = Micros(0),
              .wal_soft_bytes = 60'000,
              .wal_hard_bytes = 150'000,
              .vfs = files_.vfs()};
  files_.watch(&disk_);
}

FaultRun::~FaultRun() {
  store_.reset();
  files_.watch(nullptr);
}

/// Whether `work` came to its end; what else but a failure of the store it throws is wrong.
template <typename Work>
bool FaultRun::attempt(Work&& work) {
  try {
    work();
    return true;
  } catch (const Failure& failure) {
    ++codes_[failure.code()];
  } catch (const std::exception& exception) {
    wrong_.push_back(fmt::format("not a failure of the store: {}", exception.what()));
  }
  return false;
}

void FaultRun::open() { store_ = SqliteStore::open(options_, clock_, random_); }

NewEvent FaultRun::new_event(std::uint64_t size_max) {
  return {.event_id = EventId(Uuid::version7(clock_.now(), random_)),
          .type = "test.Happened",
          .data = std::string(random_.below(size_max), 'd'),
          .event_time = clock_.now()};
}

Append FaultRun::new_append() {
  Append append{.id = AppendId(Uuid::version7(clock_.now(), random_)), .streams = {}};
  const auto first = random_.below(4);
  for (std::uint64_t stream = first; stream < first + 2; ++stream) {
    StreamWrite write{.stream = StreamId("thing", std::to_string(stream))};
    for (auto count = 1 + random_.below(3); count > 0; --count) {
      write.events.push_back(new_event(3000));
    }
    append.streams.push_back(std::move(write));
  }
  return append;
}

void FaultRun::append_again(Known& known) {
  ++repeated_;
  attempt([&] {
    const auto result = known.imported.empty()
                            ? store_->append(known.append)
                            : store_->import({.id = known.append.id, .events = known.imported});
    if (result) known.outcome = *result;
    if (!result) wrong_.push_back("refused: " + store::to_string(result.error()));
  });
}

void FaultRun::append_group(std::uint64_t count) {
  const auto first = appends_.size();
  std::vector<std::optional<Ticket>> tickets;
  for (std::uint64_t at = 0; at < count; ++at) {
    appends_.push_back({.append = new_append(), .imported = {}, .outcome = {}});
    auto& ticket = tickets.emplace_back();
    attempt([&] { ticket = store_->submit(appends_.back().append); });
  }
  for (std::uint64_t at = 0; at < count; ++at) {
    auto& known = appends_[first + at];
    attempt([&] {
      if (!tickets[at]) return;
      const auto result = tickets[at]->wait();
      if (result) known.outcome = *result;
      if (!result) wrong_.push_back("refused: " + store::to_string(result.error()));
    });
    if (!known.outcome) append_again(known);
  }
}

void FaultRun::import() {
  auto& known = appends_.emplace_back();
  known.append.id = AppendId(Uuid::version7(clock_.now(), random_));
  for (std::uint64_t stream = 0; stream < 5; ++stream) {
    known.imported.push_back(
        {.stream = StreamId("thing", std::to_string(stream)), .event = new_event(2000)});
  }
  append_again(known);
  if (!known.outcome) append_again(known);
}

/// Of a stream of its own, so that what comes of it does not depend on what came of others.
void FaultRun::change_something(std::uint64_t number) {
  StreamWrite write{.stream = StreamId("kept", std::to_string(number))};
  while (write.events.size() < FaultChanges::events) write.events.push_back(new_event(1000));
  const auto stream = write.stream;
  const auto event = write.events[0].event_id;
  auto& known = appends_.emplace_back();
  known.append = {.id = AppendId(Uuid::version7(clock_.now(), random_)),
                  .streams = {std::move(write)}};
  append_again(known);
  attempt([&] { changes_.change(*store_, stream, event); });
  attempt([&] { changes_.check(*store_); });
}

/// A read that comes to its end has met everything that was acknowledged, each position once.
void FaultRun::read_all() {
  std::uint64_t acknowledged = 0;
  for (const auto& known : appends_) {
    if (known.outcome) acknowledged += events_of(known.append, known.imported);
  }
  std::uint64_t last = 0;
  const bool done = attempt([&] {
    store_->read({.limit = 1'000'000}, [&](const EventView& event) {
      if (event.metadata.position != Position(++last)) wrong_.emplace_back("a gap in a read");
      return true;
    });
  });
  if (done && last < acknowledged) wrong_.emplace_back("a read ended before the last event");
}

void FaultRun::step(std::uint64_t number) {
  clock_.advance(std::chrono::seconds(1));
  append_group(number % 3 == 0 ? 3 : 1);
  if (number % 2 == 0) attempt([&] { store_->maintain(); });
  if (number % 4 == 0) read_all();
  if (number % 5 == 0) attempt([&] { store_->set_property("name", "value"); });
  if (number % 6 == 1) import();
  if (number % 2 == 1) change_something(number);
  if (number % 5 == 2) attempt([&] { store_->compact(5); });
  if (number % 5 == 3) attempt([&] { changes_.issue_checkpoint(*store_); });
  if (number % 5 == 4) attempt([&] { changes_.agree(*store_); });
  const auto& [append, imported, outcome] = appends_[random_.below(appends_.size())];
  const auto& event = imported.empty() ? append.streams[0].events[0] : imported[0].event;
  attempt([&] { static_cast<void>(store_->find_event(event.event_id)); });
}

void FaultRun::run(const sqlite::DiskFault& fault) {
  files_.plan(fault);
  if (!attempt([&] { open(); }) && fault.lasting) files_.heal();
  if (!store_ && !attempt([&] { open(); })) {
    wrong_.emplace_back("it does not open although the disk is well again");
    return;
  }
  for (std::uint64_t number = 1; number <= steps; ++number) step(number);
  files_.heal();
  for (auto& known : appends_) {
    if (!known.outcome) append_again(known);
  }
  const auto failures = codes_;
  attempt([&] { changes_.change_again(*store_); });
  check_all();
  lose_power();
  store_.reset();
  attempt([&] {
    open();
    check_all();
  });
  for (auto& text : changes_.wrong()) wrong_.push_back(std::move(text));
  if (codes_ != failures) wrong_.emplace_back("it still fails although the disk is well again");
}

/// What was acknowledged after a fault lasts as well as what was before it.
void FaultRun::lose_power() {
  const auto head = store_->chain_at(store_->high_water());
  attempt([&] {
    const sqlite::MemoryFiles left(disk_.after({}));
    auto options = options_;
    options.vfs = left.vfs();
    const auto store = SqliteStore::open(options, clock_, random_);
    if (store->verify({}).head != head) wrong_.emplace_back("a power loss took some of it");
    changes_.check(*store);
  });
}

void FaultRun::check_all() {
  attempt([&] {
    while (store_->maintain()) {
    }
    while (store_->compact(100).more) continue;
    check_log();
    changes_.check(*store_);
    store_->set_property("name", "the end");
  });
  read_all();
}

void FaultRun::check_log() {
  std::uint64_t events = 0;
  for (const auto& known : appends_) {
    events += events_of(known.append, known.imported);
    const auto found = store_->find_append(known.append.id);
    const bool same = found && known.outcome && found->first == known.outcome->first &&
                      found->last == known.outcome->last &&
                      found->versions == known.outcome->versions;
    if (!same) wrong_.emplace_back("an append was lost, or has another outcome");
  }
  const auto verified = store_->verify({});
  if (verified.damage) wrong_.push_back("damage: " + verified.damage->message);
  if (verified.events != events) {
    wrong_.push_back(fmt::format("{} events stored of {}", verified.events, events));
  }
}

std::vector<FaultSweep> fault_sweeps() {
  const std::vector<std::string> io{"store.io"};
  const std::vector<std::string> full{"store.disk_full"};
  const std::vector<std::string> read_only{"store.read_only"};
  std::vector<FaultSweep> sweeps;
  const auto add = [&](DiskCall call, Kind kind, const std::vector<std::string>& codes) {
    for (const bool lasting : {false, true}) {
      sweeps.push_back({.fault = {.call = call, .kind = kind, .lasting = lasting}, .codes = codes});
    }
  };
  add(DiskCall::write, Kind::full, full);
  add(DiskCall::write, Kind::read_only, read_only);
  add(DiskCall::read, Kind::short_read, io);
  for (const auto call : {DiskCall::write, DiskCall::sync, DiskCall::read, DiskCall::truncate,
                          DiskCall::open, DiskCall::remove, DiskCall::size, DiskCall::lock,
                          DiskCall::map_index, DiskCall::lock_index}) {
    add(call, Kind::io_error, io);
  }
  FaultRun quiet;
  quiet.run({.nth = std::numeric_limits<std::uint64_t>::max()});
  for (auto& sweep : sweeps) sweep.calls = quiet.files().calls(sweep.fault.call);
  return sweeps;
}

FaultTally run_sweep(const FaultSweep& sweep, std::uint64_t every) {
  FaultTally tally;
  auto fault = sweep.fault;
  for (fault.nth = 1; fault.nth <= sweep.calls; fault.nth += every) {
    FaultRun run;
    run.run(fault);
    ++tally.runs;
    tally.repeated += run.repeated();
    const auto report = [&](const std::string& text) {
      tally.wrong.push_back(fmt::format("{}: {}", to_string(fault), text));
    };
    for (const auto& text : run.wrong()) report(text);
    for (const auto& [code, count] : run.codes()) {
      tally.failures += count;
      const bool known =
          std::find(sweep.codes.begin(), sweep.codes.end(), code) != sweep.codes.end();
      if (!known) report("fails with " + code);
    }
  }
  return tally;
}

std::string to_string(const sqlite::DiskFault& fault) {
  constexpr std::array calls{"open",   "read", "write", "truncate",  "sync",
                             "remove", "size", "lock",  "map_index", "lock_index"};
  constexpr std::array kinds{"io_error", "full", "read_only", "short_read"};
  static_assert(calls.size() == sqlite::disk_calls);
  return fmt::format("{} at {} {}{}", kinds[static_cast<std::size_t>(fault.kind)],
                     calls[static_cast<std::size_t>(fault.call)], fault.nth,
                     fault.lasting ? ", lasting" : "");
}

}  // namespace tidemark::store
