#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "counter.hpp"
#include "failure_code.hpp"
#include "storage.hpp"
#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace feed_test {

using namespace tidemark;
using counter::v1::Added;
using test::failure_code;

/// Writes down what it handled: in memory first, in the file with the commit.
class Scribe final : public feed::Handler {
 public:
  explicit Scribe(sql::Database& file) {
    file.execute(sql::in_dialect("CREATE TABLE IF NOT EXISTS seen(id {numbered}, what {text})",
                                 file.dialect()));
  }
  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override {
    ++handled;
    if (meanwhile) meanwhile();
    Added event;
    event.ParseFromArray(delivery.event.data.data(), static_cast<int>(delivery.event.data.size()));
    const auto what = std::string(delivery.key) + ":" + std::to_string(event.amount());
    if (down) throw Failure({.code = "test.down", .message = "down", .retryable = true});
    if (bad.contains(what)) {
      if (!fail_when_settling) throw std::runtime_error("cannot take " + what);
      failed_ = delivery.place;
    }
    kept_.push_back(what);
  }
  bool settled() override {
    if (failed_) throw std::runtime_error("was refused later");
    return --settle_steps < 0;
  }
  [[nodiscard]] feed::Place failed_place() const override { return *failed_; }
  void write(sql::Database& file) override {
    for (const auto& what : kept_) {
      auto insert = file.statement("INSERT INTO seen(what) VALUES (?1)");
      insert.bind(1, std::string_view(what)).run();
    }
    kept_.clear();
    settle_steps = 0;
  }
  void forget() noexcept override {
    kept_.clear();
    failed_.reset();
  }

  std::set<std::string> bad;
  std::function<void()> meanwhile;  ///< what others do while it handles an event
  bool down = false;
  bool fail_when_settling = false;
  int settle_steps = 0;
  int handled = 0;

 private:
  std::vector<std::string> types_{"counter.v1.Added"};
  std::vector<std::string> kept_;
  std::optional<feed::Place> failed_;
};

/// A log, a catalogue and a feed's file, all in memory.
struct World {
  World() {
    store = store::SqliteStore::open({.file = ":memory:"}, clock, random);
    catalogue.upcasts<counter::v1::AddedV1>();
    catalogue.add<counter::v1::WasReset>();
  }

  test::File open_file() { return {*storage.place, "feed.db"}; }

  Position append_raw(const std::string& stream, const std::string& type, std::string data) {
    const auto stream_id = *StreamId::parse(stream);
    NewEvent event{.event_id = EventId(Uuid::version7(clock.now(), random)),
                   .type = type,
                   .data = std::move(data),
                   .event_time = clock.now()};
    store::Append append{.id = AppendId(Uuid::version7(clock.now(), random)),
                         .streams = {{.stream = stream_id, .events = {std::move(event)}}}};
    const auto appended = store->append(std::move(append));
    return appended->last;
  }
  template <typename Message>
  Position append(const std::string& stream, const Message& message) {
    return append_raw(stream, Message::descriptor()->full_name(), message.SerializeAsString());
  }
  Position add(const std::string& stream, std::int64_t amount) {
    Added added;
    added.set_amount(amount);
    return append(stream, added);
  }

  ManualClock clock{UtcTime::from_micros(1'700'000'000'000'000)};
  SeededRandom random{1};
  test::Storage storage = test::fresh_storage("feed");
  std::unique_ptr<store::SqliteStore> store;
  Catalogue catalogue;
};

/// A running feed over a world; dropping it is a crash.
struct Feed {
  explicit Feed(World& world, feed::FeedOptions options = {}, Position start = {})
      : file(world.open_file()),
        desk_file((feed::create_feed_tables(file), world.open_file())),
        scribe(file),
        worker((options.name = "feed test", options),
               feed::store_source(*world.store, world.catalogue, start), scribe, file,
               world.clock) {}

  /// Steps until there is nothing to do before time passes, at most `steps_max` times.
  int settle_down(int steps_max = 1000) {
    for (int steps = 1; steps <= steps_max; ++steps) {
      const auto step = worker.step();
      if (step.did == runtime::Step::Did::nothing || waits_for_retry(step)) return steps;
    }
    return -1;
  }
  /// Unlike one that waits for its handler, which is asked again sooner.
  static bool waits_for_retry(const runtime::Step& step) {
    return step.did == runtime::Step::Did::waiting &&
           step.wake_after > Micros(std::chrono::milliseconds(1));
  }
  std::vector<std::string> seen() {
    std::vector<std::string> all;
    auto rows = desk_file.statement("SELECT what FROM seen ORDER BY id");
    while (rows.next()) all.emplace_back(rows.text(0));
    return all;
  }
  feed::ParkingDesk parking() { return feed::ParkingDesk(desk_file); }
  feed::FeedDesk desk() { return feed::FeedDesk(desk_file); }

  test::File file;
  test::File desk_file;  ///< another connection: an operator's
  Scribe scribe;
  feed::FeedWorker worker;
};

using Texts = std::vector<std::string>;

}  // namespace feed_test
