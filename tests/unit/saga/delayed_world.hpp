#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tidemark/feed/feed_worker.hpp>
#include <tidemark/feed/source.hpp>
#include <tidemark/saga/delayed_worker.hpp>
#include <tidemark/sqlite/database.hpp>
#include <tidemark/store/sqlite_store.hpp>
#include <vector>

#include "counter.hpp"

namespace tidemark {

/// A store in memory, counters, and the workers of delayed commands, which can be killed and made
/// again at any point.
struct DelayedWorld {
  ManualClock clock{UtcTime::from_micros(1'795'237'362'000'000)};
  SeededRandom random{7};
  std::unique_ptr<store::SqliteStore> store =
      store::SqliteStore::open({.file = ":memory:"}, clock, random);
  std::unique_ptr<const command::AggregateModel> model =
      command::aggregate_model<counter::v1::Counter>();
  Catalogue catalogue;
  bool takes_counters = true;

  /// What a kill takes away; the index's file stays, unless it is lost.
  struct Running {
    command::Dispatcher dispatcher;
    saga::DelayedIndexHandler handler;
    feed::FeedWorker feed;
    saga::DelayedWorker worker;

    Running(DelayedWorld& world, std::vector<const command::AggregateModel*> models)
        : dispatcher(*world.store, world.catalogue, models, world.clock, world.random),
          feed({.name = "delayed index"},
               feed::store_source(*world.store, world.catalogue, Position()), handler, *world.index,
               world.clock),
          worker({.store = *world.store,
                  .dispatcher = dispatcher,
                  .index = *world.index,
                  .clock = world.clock}) {}
  };
  std::unique_ptr<sqlite::Database> index;
  std::unique_ptr<Running> running;

  DelayedWorld() {
    for (const auto* event : model->events()) catalogue.add(*event);
    for (const auto* type : command::delayed_types()) catalogue.add(*type);
    lose_index();
    start();
  }
  void kill() { running.reset(); }
  void lose_index() {
    index = std::make_unique<sqlite::Database>(sqlite::Database::open({.file = ":memory:"}));
    saga::DelayedIndex::create(*index);
  }
  void start() {
    std::vector<const command::AggregateModel*> models;
    if (takes_counters) models.push_back(model.get());
    running = std::make_unique<Running>(*this, models);
  }
  command::Dispatcher& dispatcher() const { return running->dispatcher; }

  /// One step of each worker; whether one did something.
  bool step() const {
    const auto fed = running->feed.step();
    const auto ran = running->worker.step();
    return fed.did != runtime::Step::Did::nothing || ran.did != runtime::Step::Did::nothing;
  }
  void settle() {
    for (int quiet = 0, steps = 0; quiet < 3; ++steps) {
      REQUIRE(steps < 10'000);
      quiet = step() ? 0 : quiet + 1;
      clock.advance(std::chrono::milliseconds(1));
    }
  }
  CommandId id(std::uint64_t n) const {
    SeededRandom of_n(n);
    return CommandId(Uuid::version7(UtcTime(), of_n));
  }
  /// Amounts of all that was added, in the order of the log.
  std::vector<std::int64_t> added() const {
    std::vector<std::int64_t> amounts;
    store->read({.category = "counter"}, [&](const EventView& event) {
      counter::v1::Added added;
      REQUIRE(added.ParseFromString(std::string(event.data)));
      amounts.push_back(added.amount());
      return true;
    });
    return amounts;
  }
  std::vector<saga::DelayedRow> listed(const std::string& state = {}) const {
    return saga::DelayedIndex(*index).list({.state = state});
  }
};

}  // namespace tidemark
