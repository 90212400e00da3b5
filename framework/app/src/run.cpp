#include "tidemark/app/run.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tidemark/app/application.hpp"
#include "tidemark/app/settings.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/runtime/signals.hpp"

namespace tidemark {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct Arguments {
  std::string config_file;
  std::vector<std::string> settings;
  bool json = false;
};

std::optional<runtime::Config> load(const Arguments& arguments) {
  std::vector<Problem> problems;
  runtime::ConfigSources sources{.environment = runtime::process_environment(),
                                 .flags = arguments.settings};
  if (!arguments.config_file.empty()) {
    auto file = runtime::read_config_file(arguments.config_file);
    if (file) {
      sources.file = std::move(*file);
    } else {
      problems.push_back(file.error());
    }
  }
  if (problems.empty()) {
    auto config = runtime::Config::load(app::config_schema(), sources);
    if (config) return std::move(*config);
    problems = config.error();
  }
  for (const auto& problem : problems) fmt::print(stderr, "error: {}\n", to_string(problem));
  return std::nullopt;
}

int show_config(const runtime::Config& config) {
  for (const auto& entry : config.entries()) {
    fmt::print("{:<28} {:<28} {}\n", entry.name, entry.value, entry.origin);
  }
  return 0;
}

int run_application(const Wiring& wiring, const runtime::Config& config) {
  try {
    runtime::Signals signals;
    return app::Application(wiring, config).run(signals);
  } catch (const Failure& failure) {
    fmt::print(stderr, "error: {}\n", failure.what());
    return exit_failed;
  }
}

}  // namespace

int run(const Wiring& wiring, int argc, char** argv) {
  CLI::App cli(fmt::format("{}: an application on Tidemark", wiring.parts().name));
  Arguments arguments;
  cli.add_option("-c,--config", arguments.config_file, "TOML file with the configuration");
  cli.add_option("-s,--set", arguments.settings, "one value, section.key=value; may be repeated");
  cli.require_subcommand(1);
  const auto* run_verb =
      cli.add_subcommand("run", "run until SIGTERM, or until the input is done")->fallthrough();
  auto* config_verb = cli.add_subcommand("config", "the configuration")->fallthrough();
  config_verb->require_subcommand(1);
  const auto* show_verb =
      config_verb->add_subcommand("show", "each value and where it comes from")->fallthrough();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : exit_usage;
  }
  const auto config = load(arguments);
  if (!config) return exit_usage;
  if (show_verb->parsed()) return show_config(*config);
  return run_verb->parsed() ? run_application(wiring, *config) : exit_usage;
}

}  // namespace tidemark
