#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "counter.hpp"
#include "protos/tally.pb.h"
#include "tidemark/admin/manifest.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/admin/tool.hpp"
#include "tidemark/command/dispatcher.hpp"
#include "tidemark/projection.hpp"
#include "tidemark/sqlite/memory_files.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace admin_test {

using namespace tidemark;

/// What each counter adds up to. Cannot take a 13.
struct Totals {
  static constexpr ProjectionSpec spec{.name = "totals", .version = 2};
  using Row = tally::v1::MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = List<counter::v1::Added>;
  static void on(Table<Totals>& rows, const counter::v1::Added& event, const Metadata&) {
    if (event.amount() == 13) throw std::runtime_error("13 cannot be added");
    auto& row = rows.at(event.counter_id(), 0);
    row.set_points(row.points() + event.amount());
  }
};

/// What a run of the tool came to.
struct Ran {
  int code = -1;
  std::string out, err;
};

/// A log in memory with an application's manifest, as the tool sees it.
struct World {
  World() {
    store = store::SqliteStore::open({.file = file, .vfs = files.vfs()}, clock, random);
    catalogue.add<counter::v1::Added>();
    catalogue.add<counter::v1::WasReset>();
    dispatcher = std::make_unique<command::Dispatcher>(
        *store, catalogue, std::vector<const command::AggregateModel*>{counter_model.get()}, clock,
        random);
  }

  admin::ManifestSource source() {
    return {.application = "counting",
            .aggregates = {counter_model.get()},
            .projections = {totals_model.get()},
            .catalogue = catalogue,
            .topics = {{"counter", "counting.counter"}},
            .directory = "site",
            .build = {{"version", "1.2.3"}}};
  }
  void store_manifest() { admin::store_manifest(*store, admin::make_manifest(source())); }

  /// One command; a second of time passes with each.
  void add(const std::string& id, std::int64_t amount, command::CommandOptions options = {}) {
    clock.advance(std::chrono::seconds(1));
    (void)dispatcher->execute(counter::v1::add(id, amount), std::move(options));
  }

  /// Runs the tool on the log. `wait` stands in for the person's patience.
  Ran run(std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    arguments.insert(arguments.begin(), {"--file", file});
    Ran ran;
    ran.code = admin::run_tool(arguments, out, err,
                               {.clock = clock,
                                .random = random,
                                .wait = wait,
                                .user = "ann",
                                .templates = "share/tidemark",
                                .vfs = files.vfs()});
    ran.out = out.str();
    ran.err = err.str();
    return ran;
  }

  std::string file = "site/tidemark.db";
  ManualClock clock{UtcTime::from_micros(1'767'225'600'000'000)};  // 2026-01-01
  SeededRandom random{1};
  sqlite::MemoryFiles files;
  std::unique_ptr<store::SqliteStore> store;
  Catalogue catalogue;
  std::unique_ptr<const command::AggregateModel> counter_model =
      command::aggregate_model<counter::v1::Counter>();
  std::unique_ptr<const projection::ProjectionModel> totals_model = make_projection<Totals>();
  std::unique_ptr<command::Dispatcher> dispatcher;
  std::function<bool(Micros)> wait = [](Micros) { return false; };
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace admin_test
