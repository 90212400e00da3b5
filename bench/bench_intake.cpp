// How many lines a second come in: bench_intake [--case NAME] [--lines N] [--input FILE]
//
// Reads the ad platform's input with the reference application's mapper, step by step on one
// thread: to the fields, to facts and commands, and into a log on disk, with both durabilities.
// Works in a folder below the temporary one, and removes it.
#include <tidemark/intake/v1/mismatch.pb.h>
#include <tidemark/base/failure.hpp>
#include <tidemark/command/dispatcher.hpp>
#include <tidemark/intake/intake_worker.hpp>
#include <tidemark/schema/catalogue.hpp>
#include <tidemark/store/sqlite_store.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/adtech_input.hpp"
#include "bench/measure.hpp"
#include "bench/plain_loop.hpp"
#include "domain/adtech/billing_account.hpp"
#include "domain/adtech/billing_period.hpp"
#include "domain/adtech/campaign.hpp"
#include "domain/adtech/invoice.hpp"
#include "examples/adtech/adtech_lines.hpp"

namespace {

using namespace tidemark;
using store::Durability;

struct Arguments {
  std::string only;  ///< a case; empty: all
  std::uint64_t lines = 1'000'000;
  std::filesystem::path input;  ///< none: it is written

  [[nodiscard]] bool wants(std::string_view name) const { return only.empty() || only == name; }
};

/// A folder that goes with its object.
struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                     ("tidemark-bench-intake-" + std::to_string(::getpid()));
};

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

bench::Seconds read_fields(const std::vector<std::string>& lines) {
  intake::JsonFields fields({"event_id", "event_type", "timestamp", "source", "user_id",
                             "session_id", "payload", "schema_version", "correlation_id",
                             "payload.campaign_id", "payload.account_id", "payload.price_micros",
                             "payload.currency"});
  const bench::Stopwatch watch;
  for (const auto& line : lines) fields.read(line);
  return watch.seconds();
}

bench::Seconds map_lines(const std::vector<std::string>& lines) {
  adtech::AdtechLines mapper;
  const bench::Stopwatch watch;
  for (const auto& line : lines) mapper.map(line);
  return watch.seconds();
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

bench::Seconds store_lines(const std::filesystem::path& input, const std::filesystem::path& folder,
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
  const bench::Stopwatch watch;
  while (!worker.done()) {
    worker.step();
    world.store->maintain();
  }
  return watch.seconds();
}

void measure(const Arguments& arguments) {
  const Folder folder;
  auto input = arguments.input;
  if (input.empty()) {
    input = folder.path / "input.ndjson";
    bench::write_adtech_input(input, arguments.lines);
  }
  const auto lines = read_lines(input);
  const auto count = static_cast<double>(lines.size());
  if (arguments.wants("fields")) bench::print("intake", "fields", count, read_fields(lines), {});
  if (arguments.wants("map")) bench::print("intake", "map", count, map_lines(lines), {});
  for (const auto durability : {Durability::normal, Durability::full}) {
    const bool full = durability == Durability::full;
    const std::string name = full ? "durability_full" : "durability_normal";
    if (!arguments.wants(name)) continue;
    const auto raw = bench::plain_loop(input, folder.path / ("raw_" + name + ".db"), full);
    bench::print("intake", name, count, store_lines(input, folder.path / name, durability), raw);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  for (int at = 1; at + 1 < argc; at += 2) {
    const std::string_view option = argv[at];
    if (option == "--case") arguments.only = argv[at + 1];
    if (option == "--lines") arguments.lines = std::stoull(argv[at + 1]);
    if (option == "--input") arguments.input = argv[at + 1];
  }
  if (argc % 2 == 0) {
    std::cerr << "usage: bench_intake [--case NAME] [--lines N] [--input FILE]\n";
    return 2;
  }
  try {
    measure(arguments);
  } catch (const std::exception& exception) {
    std::cerr << exception.what() << '\n';
    return 1;
  }
  return 0;
}
