#pragma once

#include "admin_world.hpp"
#include "refill_saga.hpp"
#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/projection/handler.hpp"
#include "tidemark/saga/driver.hpp"
#include "tidemark/saga/input_handler.hpp"

namespace admin_test {

/// A handler with its file and its feed.
struct Fed {
  sqlite::Database file;
  std::unique_ptr<feed::Handler> handler;
  std::unique_ptr<feed::FeedWorker> worker;
};

/// An application with a projection and a saga, stepped by hand.
struct RunningWorld : World {
  RunningWorld() {
    for (const auto* type : saga::journal_types()) catalogue.add(*type);
    auto of_manifest = source();
    of_manifest.sagas = {&refill};
    admin::store_manifest(*store, admin::make_manifest(of_manifest));
    coordinator = std::make_unique<saga::Coordinator>(refill, *store, *dispatcher, catalogue, clock,
                                                      observe::Logger(log, clock));
    add_projection();
    add_sagas();
  }

  sqlite::Database open(const std::string& name) {
    auto opened = sqlite::Database::open({.file = "site/" + name, .vfs = files.vfs()});
    opened.set_pragma("journal_mode", "WAL");
    return opened;
  }

  void add_projection() {
    auto fed = std::make_unique<Fed>(Fed{.file = open("totals.v2.g1.db")});
    projection::prepare_model_file(fed->file, *totals_model);
    fed->handler = std::make_unique<projection::ProjectionHandler>(*totals_model, fed->file, clock);
    feed(std::move(fed), "projection totals");
  }
  void add_sagas() {
    auto listed = std::make_unique<Fed>(Fed{.file = open("sagas.v1.db")});
    saga::SagaIndex::create(listed->file);
    listed->handler =
        std::make_unique<saga::IndexHandler>(*store, std::vector<const saga::SagaModel*>{&refill});
    feed(std::move(listed), "saga index");
    auto inputs = std::make_unique<Fed>(Fed{.file = open("saga.refill.db")});
    inputs->handler = std::make_unique<saga::InputHandler>(*coordinator);
    feed(std::move(inputs), "saga refill");
    index = std::make_unique<sqlite::Database>(open("sagas.v1.db"));
    driver = std::make_unique<saga::Driver>(*coordinator, *index, clock);
    workers.push_back(driver.get());
  }
  void feed(std::unique_ptr<Fed> fed, const char* name) {
    fed->worker = std::make_unique<feed::FeedWorker>(
        feed::FeedOptions{.name = name, .commit_age_max = Micros(0), .attempts_max = 1},
        feed::store_source(*store, catalogue, Position()), *fed->handler, fed->file, clock);
    workers.push_back(fed->worker.get());
    feeds.push_back(std::move(fed));
  }

  /// Steps everything until nothing happens any more.
  void settle() {
    for (int round = 0, quiet = 0; round < 1000 && quiet < 3; ++round) {
      const auto before = store->high_water();
      bool worked = false;
      for (auto* worker : workers) {
        worked = worker->step().did == runtime::Step::Did::work || worked;
      }
      quiet = worked || store->high_water() > before ? 0 : quiet + 1;
    }
  }

  // Shared with the coordinator's logger.
  std::shared_ptr<observe::CapturingSink> log = std::make_shared<observe::CapturingSink>();
  Refill refill;
  std::unique_ptr<saga::Coordinator> coordinator;
  std::vector<std::unique_ptr<Fed>> feeds;
  std::unique_ptr<sqlite::Database> index;
  std::unique_ptr<saga::Driver> driver;
  std::vector<runtime::Worker*> workers;
};

}  // namespace admin_test
