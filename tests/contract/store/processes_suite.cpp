#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "contract/store/log_follower.hpp"
#include "contract/store/stores.hpp"
#include "contract/store/writer_check.hpp"
#include "contract/store/writer_process.hpp"

namespace tidemark::store {
namespace {

constexpr Micros patience = std::chrono::seconds(100);

void check_all(WriterCheck& check, StoreEngine& store) {
  for (const auto& difference : check.check(store)) CHECK_MESSAGE(false, difference);
  CHECK(check.unknown().empty());
}

/// Somebody read on while the writers wrote, and met each event at its place and once.
void check_followed(LogFollower& follower, StoreEngine& store) {
  for (const auto& wrong : follower.finish()) CHECK_MESSAGE(false, wrong);
  CHECK(follower.seen() == store.high_water().value());
  CHECK(follower.rounds() > 1);
}

TEST_SUITE("store/processes") {
  TEST_CASE_TEMPLATE_DEFINE("four processes append without a gap and each is told the truth", Place,
                            processes) {
    Place place;
    const auto store = place.open();
    constexpr std::uint64_t count = 4;
    constexpr std::uint64_t threads = 4;
    constexpr std::uint64_t appends = 30;
    constexpr std::uint64_t common = 20;
    constexpr std::uint64_t seats = 15;
    LogFollower follower(*store);
    std::vector<std::unique_ptr<WriterProcess>> writers;
    for (std::uint64_t number = 1; number <= count; ++number) {
      const WriterPlan plan{.first = number * 100'000,
                            .threads = threads,
                            .appends = appends,
                            .common = common,
                            .seats = seats};
      writers.push_back(std::make_unique<WriterProcess>(place.address(), plan));
    }
    WriterCheck check;
    const auto take = [&](std::string_view line) { check.take(line); };
    std::vector<bool> ended(count);
    const SystemClock clock;
    const auto end = clock.monotonic() + patience;
    for (std::uint64_t open = count; open > 0 && clock.monotonic() < end;) {
      for (std::size_t at = 0; at < count; ++at) {
        if (ended[at] || writers[at]->read_for(std::chrono::milliseconds(1), take)) continue;
        ended[at] = true;
        --open;
      }
    }
    for (auto& writer : writers) CHECK(writer->finish(patience, take) == 0);
    check_followed(follower, *store);
    check_all(check, *store);
    CHECK(check.tally().acknowledged == count * threads * (appends + common) + seats);
    CHECK(check.tally().refused == (count * threads - 1) * seats);
    CHECK(check.tally().seats == seats);
    CHECK(store->facts(true).appends == count * threads * appends + common + seats);
  }
  TEST_CASE_TEMPLATE_APPLY(processes, SharedStores);
}

TEST_SUITE("store/threads") {
  TEST_CASE_TEMPLATE_DEFINE("sixty-four threads append without a gap and each is told the truth",
                            Place, many_threads) {
    Place place;
    const auto store = place.open();
    const WriterPlan plan{.first = 1000, .threads = 64, .appends = 12, .common = 5, .seats = 5};
    LogFollower follower(*store);
    WriterCheck check;
    std::mutex mutex;
    write_all(*store, plan, [&](const std::string& line) {
      const std::lock_guard lock(mutex);
      check.take(line);
    });
    check_followed(follower, *store);
    check_all(check, *store);
    CHECK(check.tally().acknowledged == 64 * (12 + 5) + 5);
    CHECK(check.tally().refused == 63 * 5);
    CHECK(check.tally().seats == 5);
  }
  TEST_CASE_TEMPLATE_APPLY(many_threads, Stores);

  TEST_CASE_TEMPLATE_DEFINE("of sixty-four that decide on what they read one wins at a time", Place,
                            boundary) {
    Place place;
    const auto store = place.open();
    constexpr std::uint64_t capacity = 7;  // of a course, for which nobody holds a stream
    std::atomic<std::uint64_t> seated{0};
    std::vector<std::thread> students;
    for (std::uint64_t student = 1; student <= 64; ++student) {
      students.emplace_back([&, student] {
        const std::vector<Criterion> course{{.tags = {"course:math"}}};
        for (bool decided = false; !decided;) {
          const auto seen =
              store->read({.criteria = course}, [](const EventView&) { return true; });
          if (seen.returned >= capacity) return;
          auto append = append_of(student, stream(std::to_string(student)), {student});
          append.streams[0].events[0].tags = {"course:math"};
          append.condition = AppendCondition{.criteria = course, .after = seen.scanned};
          decided = store->append(append).has_value();
          if (decided) ++seated;
        }
      });
    }
    for (auto& student : students) student.join();
    CHECK(seated == capacity);
    CHECK(read(*store, {.criteria = {{.tags = {"course:math"}}}}).events.size() == capacity);
    CHECK(store->high_water() == Position(capacity));
  }
  TEST_CASE_TEMPLATE_APPLY(boundary, Stores);
}

}  // namespace
}  // namespace tidemark::store
