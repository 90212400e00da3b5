#include "contract/store/writer_work.hpp"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <thread>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

constexpr std::uint64_t events_max = 64;  ///< of one append
constexpr std::uint64_t first_claim = 1'000'000'000'000;
constexpr std::uint64_t seats_max = 1000;

NewEvent work_event(std::uint64_t number, std::uint64_t at) {
  auto made = event(number * events_max + at, fmt::format("{}:{}", number, at));
  made.type = number % 3 == 0 ? "test.Moved" : "test.Happened";
  made.data.resize(made.data.size() + number * 7919 % 300, '.');
  if (number % 5 == 0) made.tags = {fmt::format("fifth:{}", number % 50)};
  return made;
}

StreamWrite write_to(const StreamId& to, std::uint64_t number, std::uint64_t from,
                     std::uint64_t count) {
  StreamWrite write{.stream = to};
  for (auto at = from; at < from + count; ++at) write.events.push_back(work_event(number, at));
  return write;
}

/// One thread of a writer.
class Writer {
 public:
  Writer(EventStore& store, const std::function<void(const std::string&)>& report)
      : store_(store), report_(report) {}

  void append(std::uint64_t number) {
    report_(fmt::format("begin {}", number));
    auto append = append_numbered(number);
    while (true) {
      if (is_exact(number)) {
        auto& write = append.streams.front();
        write.expected = ExpectedState::exact(store_.stream_version(write.stream));
      }
      const auto result = store_.append(append);
      if (result.has_value()) {
        return report_(
            fmt::format("done {} {} {}", number, result->first.value(), result->last.value()));
      }
      if (std::holds_alternative<Conflict>(result.error())) continue;
      return report_(fmt::format("refused {}", number));
    }
  }

 private:
  EventStore& store_;
  const std::function<void(const std::string&)>& report_;
};

/// A thread that archives and keeps the store up, as long as this lives.
class Archiving {
 public:
  Archiving(StoreEngine& store, std::uint64_t file_events) {
    if (file_events == 0) return;
    thread_ = std::thread([this, &store, file_events] {
      while (!stop_) {
        (void)store.archive({.before = store.high_water(), .file_events = file_events});
        store.maintain();
      }
    });
  }
  Archiving(const Archiving&) = delete;
  Archiving& operator=(const Archiving&) = delete;
  ~Archiving() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

Append append_numbered(std::uint64_t number) {
  Append append{.id = append_id(number), .streams = {}};
  if (number >= first_claim) {
    auto write = write_to(stream(std::to_string(number % 7), "claims"), number, 0, 1);
    const auto seat = fmt::format("seat:{}", number % seats_max);
    write.events.front().tags = {seat};
    append.streams.push_back(std::move(write));
    append.condition = AppendCondition{.criteria = {{.tags = {seat}}}, .after = {}};
    return append;
  }
  const auto own = stream(std::to_string(number % 16), "writer");
  const auto shared = stream("0", "shared");
  switch (number % 8) {
    case 5:
      append.streams.push_back(write_to(shared, number, 0, 1));
      break;
    case 6:
      append.streams.push_back(write_to(own, number, 0, 2));
      append.streams.push_back(write_to(shared, number, 2, 1));
      break;
    case 7:
      append.streams.push_back(write_to(own, number, 0, 40));
      break;
    default:
      append.streams.push_back(write_to(own, number, 0, 1 + number % 3));
  }
  return append;
}

bool is_exact(std::uint64_t number) {
  return number < first_claim && (number % 8 == 4 || number % 8 == 5);
}

std::uint64_t claim_number(std::uint64_t claimant, std::uint64_t seat) {
  return first_claim + claimant * seats_max + seat;
}

WorkEvent work_event(const EventId& id) {
  std::uint64_t number = 0;
  for (std::size_t at = 8; at < 16; ++at) number = number << 8 | id.uuid().bytes()[at];
  return {.number = number / events_max, .at = number % events_max};
}

void write_all(StoreEngine& store, const WriterPlan& plan,
               const std::function<void(const std::string& line)>& report) {
  for (const auto number : plan.again) Writer(store, report).append(number);
  const Archiving archiving(store, plan.archive_events);
  std::vector<std::exception_ptr> failures(plan.threads);
  std::vector<std::thread> threads;
  threads.reserve(plan.threads);
  for (std::uint64_t thread = 0; thread < plan.threads; ++thread) {
    threads.emplace_back([&, thread] {
      try {
        Writer writer(store, report);
        for (std::uint64_t number = 1; number <= plan.common; ++number) writer.append(number);
        for (std::uint64_t seat = 0; seat < plan.seats; ++seat) {
          writer.append(claim_number(plan.first + thread, seat));
        }
        for (std::uint64_t count = 0; plan.appends == 0 || count < plan.appends; ++count) {
          writer.append(plan.first + thread + count * plan.threads);
        }
      } catch (...) {
        failures[thread] = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

std::vector<std::string> arguments_of(const WriterPlan& plan) {
  std::vector<std::string> arguments{
      std::to_string(plan.first),   std::to_string(plan.threads),
      std::to_string(plan.appends), std::to_string(plan.common),
      std::to_string(plan.seats),   std::to_string(plan.archive_events)};
  for (const auto number : plan.again) arguments.push_back(std::to_string(number));
  return arguments;
}

WriterPlan plan_of(const std::vector<std::string>& arguments) {
  WriterPlan plan{.first = std::stoull(arguments.at(0)),
                  .threads = std::stoull(arguments.at(1)),
                  .appends = std::stoull(arguments.at(2)),
                  .common = std::stoull(arguments.at(3)),
                  .seats = std::stoull(arguments.at(4)),
                  .archive_events = std::stoull(arguments.at(5))};
  for (std::size_t at = 6; at < arguments.size(); ++at) {
    plan.again.push_back(std::stoull(arguments[at]));
  }
  return plan;
}

}  // namespace tidemark::store
