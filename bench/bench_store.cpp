// How fast the store is beside a plain C loop over the same SQLite, or over libpq: bench_store
// [--case NAME]…
//
// What is compared, and by which rules: README.md. Works in a new folder beside the program,
// because the temporary one may lie in memory, and removes it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "bench/store_bench.hpp"

namespace {

struct Arguments {
  std::vector<std::string> cases;
  bench::StoreBench bench;
};

std::vector<bench::Case> all_cases() {
  std::vector<bench::Case> all;
  for (const auto& theme : {bench::append_cases(), bench::group_cases(), bench::further_cases(),
                            bench::load_cases(), bench::read_cases(), bench::wakeup_cases(),
                            bench::growth_cases(), bench::postgres_cases()}) {
    all.insert(all.end(), theme.begin(), theme.end());
  }
  return all;
}

/// A folder that goes with its object.
struct Folder {
  explicit Folder(const std::filesystem::path& in)
      : path(in / ("bench-store-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  const std::filesystem::path path;
};

void measure(const Arguments& arguments) {
  const Folder folder(arguments.bench.folder);
  auto bench = arguments.bench;
  bench.folder = folder.path;
  const auto& wanted = arguments.cases;
  for (const auto& one : all_cases()) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), one.name) != wanted.end()) {
      one.run(bench);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  arguments.bench.folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::vector<std::string> names;
  for (const auto& one : all_cases()) names.push_back(one.name);

  CLI::App app("How fast the store is beside a plain C loop over the same database");
  app.add_option("--case", arguments.cases, "only this one; may be repeated")
      ->check(CLI::IsMember(names));
  app.add_option("--rounds", arguments.bench.rounds, "figures that each median is of")
      ->check(CLI::Range(5, 1000))
      ->capture_default_str();
  app.add_option("--dir", arguments.bench.folder, "where the files are made and removed")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--events", arguments.bench.events,
                 "stored by the growth cases; those that read have a twentieth of it")
      ->check(CLI::Range(std::uint64_t{400'000}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    measure(arguments);
  } catch (const std::exception& exception) {
    std::cerr << exception.what() << '\n';
    return 1;
  }
  return 0;
}
