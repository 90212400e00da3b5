// How many lines a second come in: bench_intake <input.ndjson> <empty folder>
//
// Reads the ad platform's input with the reference application's mapper, step by step on one
// thread: to the fields, to facts and commands, and into a log on disk, with both durabilities. The
// yardstick of the last two is SQLite alone: the same facts in one table with the same keys,
// committed as often.
#include <fmt/format.h>
#include <sqlite3.h>

#include <tidemark/intake/v1/mismatch.pb.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <tidemark/base/failure.hpp>
#include <tidemark/command/dispatcher.hpp>
#include <tidemark/intake/intake_worker.hpp>
#include <tidemark/schema/catalogue.hpp>
#include <tidemark/store/sqlite_store.hpp>
#include <vector>

#include "domain/adtech/billing_account.hpp"
#include "domain/adtech/billing_period.hpp"
#include "domain/adtech/campaign.hpp"
#include "domain/adtech/invoice.hpp"
#include "examples/adtech/adtech_lines.hpp"

namespace {

using namespace tidemark;
using store::Durability;

constexpr std::size_t lines_per_commit = 512;  // what the worker takes in a step

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

/// Lines a second of `work` over `lines`.
double rate(std::size_t lines, const std::function<void()>& work) {
  const SystemClock clock;
  const auto begin = clock.monotonic();
  work();
  const auto took = std::chrono::duration<double>(clock.monotonic() - begin).count();
  return static_cast<double>(lines) / took;
}

void print(const char* name, double value, double raw) {
  fmt::print(R"({{"bench":"intake","case":"{}","value":{:.0f},"unit":"lines/s",)", name, value);
  if (raw > 0) {
    fmt::print("\"raw\":{:.0f},\"ratio\":{:.3f}}}\n", raw, value / raw);
  } else {
    fmt::print("\"raw\":null,\"ratio\":null}}\n");
  }
}

double fields_rate(const std::vector<std::string>& lines) {
  intake::JsonFields fields({"event_id", "event_type", "timestamp", "source", "user_id",
                             "session_id", "payload", "schema_version", "correlation_id",
                             "payload.campaign_id", "payload.account_id", "payload.price_micros",
                             "payload.currency"});
  return rate(lines.size(), [&] {
    for (const auto& line : lines) fields.read(line);
  });
}

double map_rate(const std::vector<std::string>& lines) {
  adtech::AdtechLines mapper;
  return rate(lines.size(), [&] {
    for (const auto& line : lines) mapper.map(line);
  });
}

/// The store of the reference application, without its projections and sagas.
struct World {
  World(const std::filesystem::path& folder, Durability durability)
      : store(store::SqliteStore::open({.file = folder / "log.db", .durability = durability}, clock,
                                       random)),
        file(sqlite::Database::open({.file = folder / "intake.db"})) {
    file.set_pragma("journal_mode", "WAL");
    file.set_pragma("synchronous", "NORMAL");
    for (const auto& model : models) {
      taken.push_back(model.get());
      for (const auto* event : model->events()) catalogue.add(*event);
    }
    for (const auto* type : adtech::AdtechLines().fact_types()) catalogue.add(*type);
    catalogue.add<intake::v1::SchemaMismatch>();
  }
  static std::vector<std::unique_ptr<const command::AggregateModel>> all_models() {
    std::vector<std::unique_ptr<const command::AggregateModel>> all;
    all.push_back(command::aggregate_model<adtech::Campaign>());
    all.push_back(command::aggregate_model<adtech::BillingAccount>());
    all.push_back(command::aggregate_model<adtech::BillingPeriod>());
    all.push_back(command::aggregate_model<adtech::Invoice>());
    return all;
  }

  SystemClock clock;
  SeededRandom random{1};
  std::unique_ptr<store::SqliteStore> store;
  sqlite::Database file;
  Catalogue catalogue;
  std::vector<std::unique_ptr<const command::AggregateModel>> models = all_models();
  std::vector<const command::AggregateModel*> taken;
};

double intake_rate(const std::filesystem::path& input, const std::filesystem::path& folder,
                   Durability durability) {
  std::filesystem::create_directories(folder);
  World world(folder, durability);
  command::Dispatcher dispatcher(*world.store, world.catalogue, world.taken, world.clock,
                                 world.random);
  intake::IntakeWorker worker({}, intake::file_source({.file = input}),
                              std::make_unique<adtech::AdtechLines>(),
                              {.store = *world.store,
                               .dispatcher = dispatcher,
                               .file = world.file,
                               .clock = world.clock,
                               .random = world.random});
  const auto took = rate(1, [&] {
    for (std::uint64_t steps = 1; !worker.done(); ++steps) {
      worker.step();
      if (steps % 16 == 0 || durability == Durability::full) world.store->maintain();
    }
  });
  return took * static_cast<double>(worker.counts().lines);
}

void check(int result, sqlite3* database) {
  if (result == SQLITE_OK || result == SQLITE_DONE) return;
  throw Failure({.code = "bench.sqlite", .message = sqlite3_errmsg(database)});
}

struct Row {
  std::string id, stream, type, data, correlation_id;
};

std::vector<Row> rows_of(const std::vector<std::string>& lines) {
  adtech::AdtechLines mapper;
  std::vector<Row> rows;
  for (const auto& line : lines) {
    const auto mapped = mapper.map(line);
    const auto* fact = std::get_if<intake::Fact>(&mapped);
    if (fact == nullptr) continue;
    const auto& bytes = fact->event.event_id.uuid().bytes();
    rows.push_back({.id = std::string(bytes.begin(), bytes.end()),
                    .stream = fact->stream.name(),
                    .type = fact->event.type,
                    .data = fact->event.data,
                    .correlation_id = fact->event.correlation_id});
  }
  return rows;
}

/// SQLite alone: the same facts, unique by id.
double raw_rate(const std::vector<Row>& rows, const std::filesystem::path& file,
                Durability durability) {
  sqlite3* database = nullptr;
  check(sqlite3_open(file.c_str(), &database), database);
  const auto run = [&](const char* sql) {
    check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), database);
  };
  run("PRAGMA journal_mode = WAL");
  run(durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  run("CREATE TABLE facts(position INTEGER PRIMARY KEY, id BLOB UNIQUE, stream TEXT, type TEXT,"
      " correlation_id TEXT, data BLOB) STRICT");
  sqlite3_stmt* insert = nullptr;
  check(sqlite3_prepare_v2(database,
                           "INSERT OR IGNORE INTO facts(id, stream, type, correlation_id, data)"
                           " VALUES(?1, ?2, ?3, ?4, ?5)",
                           -1, &insert, nullptr),
        database);
  const auto bind = [&](int at, const std::string& text, bool blob) {
    const auto size = static_cast<int>(text.size());
    check(blob ? sqlite3_bind_blob(insert, at, text.data(), size, SQLITE_STATIC)
               : sqlite3_bind_text(insert, at, text.data(), size, SQLITE_STATIC),
          database);
  };
  const auto result = rate(rows.size(), [&] {
    for (std::size_t at = 0; at < rows.size(); ++at) {
      if (at % lines_per_commit == 0) run("BEGIN IMMEDIATE");
      const auto& row = rows[at];
      bind(1, row.id, true);
      bind(2, row.stream, false);
      bind(3, row.type, false);
      bind(4, row.correlation_id, false);
      bind(5, row.data, true);
      check(sqlite3_step(insert), database);
      sqlite3_reset(insert);
      if (at % lines_per_commit == lines_per_commit - 1 || at + 1 == rows.size()) run("COMMIT");
    }
  });
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_intake <input.ndjson> <empty folder>\n";
    return 2;
  }
  try {
    const std::filesystem::path input = argv[1];
    const std::filesystem::path folder = argv[2];
    std::filesystem::create_directories(folder);
    const auto lines = read_lines(input);
    print("fields", fields_rate(lines), 0);
    print("map", map_rate(lines), 0);
    const auto rows = rows_of(lines);
    for (const auto durability : {Durability::normal, Durability::full}) {
      const std::string name = durability == Durability::full ? "full" : "normal";
      const auto raw = raw_rate(rows, folder / ("raw-" + name + ".db"), durability);
      const auto ours = intake_rate(input, folder / name, durability);
      print(("durability_" + name).c_str(), ours, raw);
    }
  } catch (const std::exception& exception) {
    std::cerr << exception.what() << '\n';
    return 1;
  }
  return 0;
}
