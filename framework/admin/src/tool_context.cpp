#include "tool_context.hpp"

#include "tidemark/base/failure.hpp"

namespace tidemark::admin {

ToolContext::ToolContext(std::ostream& out, std::ostream& err, const ToolEnvironment& environment)
    : out_(out), err_(err), environment_(environment) {
  const auto set = environment.variables.find("TIDEMARK_STORE_FILE");
  file = set == environment.variables.end() ? "data/tidemark.db" : set->second;
}

const Site& ToolContext::site() {
  if (site_) return *site_;
  store_ = store::SqliteStore::open(
      {.file = file, .vfs = environment_.vfs, .read_only = true, .must_exist = true},
      environment_.clock, environment_.random);
  const auto folder = directory.empty() ? std::filesystem::path(file).parent_path()
                                        : std::filesystem::path(directory);
  site_ = std::make_unique<Site>(*store_, environment_.clock,
                                 SiteOptions{.directory = folder, .vfs = environment_.vfs});
  return *site_;
}

int ToolContext::show(const Report& report) const {
  if (json) {
    render_json(out_, report);
  } else {
    render_table(out_, report, environment_.terminal);
  }
  return report.findings ? exit_findings : exit_done;
}

int ToolContext::show(const Result<Report, Problem>& report) const {
  return report ? show(*report) : fail(report.error());
}

int ToolContext::fail(const Problem& problem) const {
  if (json) {
    render_json(err_, Report().add(FactList{.name = "error",
                                            .facts = {{"code", problem.code},
                                                      {"field", text_or_nothing(problem.field)},
                                                      {"message", problem.message},
                                                      {"hint", text_or_nothing(problem.hint)}}}));
  } else {
    err_ << "error: " << to_string(problem) << '\n';
  }
  return exit_usage;
}

void ToolContext::on(CLI::App& verb, std::function<int()> action) {
  verb.callback([this, action = std::move(action)] { action_ = action; });
}

CLI::App& add_verb(CLI::App& parent, const std::string& name, const std::string& about) {
  return *parent.add_subcommand(name, about)->fallthrough();
}

CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& about) {
  auto& group = add_verb(parent, name, about);
  group.require_subcommand(1);
  return group;
}

}  // namespace tidemark::admin
