#include "tool_context.hpp"

#include "tidemark/base/failure.hpp"

namespace tidemark::admin {

namespace {

Table all_of(const std::vector<Problem>& problems) {
  Table table{.name = "errors", .columns = {"code", "field", "message", "hint"}, .rows = {}};
  for (const auto& problem : problems) {
    table.rows.push_back({problem.code, text_or_nothing(problem.field), problem.message,
                          text_or_nothing(problem.hint)});
  }
  return table;
}

}  // namespace

ToolContext::ToolContext(std::ostream& out, std::ostream& err, const ToolEnvironment& environment)
    : out_(out), err_(err), environment_(environment) {
  // The application's own key, so that one shell serves both.
  const auto set = environment.variables.find("TIDEMARK_DATA_DIRECTORY");
  const auto& data = set == environment.variables.end() ? "data" : set->second;
  data_ = data;
  log = (data_ / "tidemark.db").string();
}

void ToolContext::use_variables() {
  const auto url = environment_.variables.find("TIDEMARK_STORE_URL");
  if (url != environment_.variables.end() && !url->second.empty()) log = url->second;
}

std::string ToolContext::shown_log() const { return store::shown_name(environment_.engines, log); }

std::unique_ptr<store::StoreEngine> ToolContext::open_log(store::OpenOptions options,
                                                          const Clock& clock) const {
  options.vfs = environment_.vfs;
  options.must_exist = true;
  return store::open_store({.name = log, .engines = environment_.engines}, options, clock,
                           environment_.random);
}

bool ToolContext::configure() {
  auto* host = environment_.host;
  if (host == nullptr) return true;
  const auto problems = host->configure(launch);
  if (problems.empty()) {
    log = host->log_name();
    directory = host->directory().string();
    return true;
  }
  fail(problems);
  return false;
}

Result<Manifest, Problem> ToolContext::manifest() {
  if (environment_.host != nullptr) return environment_.host->manifest();
  const auto& from_log = site();
  if (from_log.manifest_problem()) return Unexpected(*from_log.manifest_problem());
  return from_log.manifest();
}

std::unique_ptr<store::StoreEngine> ToolContext::open_to_read() const {
  try {
    return open_log({.verifier_keys = verifier_keys, .read_only = true}, environment_.clock);
  } catch (const Failure& failure) {
    if (failure.code() != "store.older_format") throw;
    throw Failure(
        {.code = failure.code(),
         .message = failure.message(),
         .hint = "`store upgrade` brings it up to date, as its application does when it starts"});
  }
}

const Site& ToolContext::site() {
  if (site_) return *site_;
  if (has_file() && environment_.vfs.empty() && std::filesystem::is_directory(log)) {
    throw Failure({.code = "store.not_a_file",
                   .message = log + " is a folder, not the log's file",
                   .hint = "the file in it is meant: " +
                           (std::filesystem::path(log) / "tidemark.db").string()});
  }
  store_ = open_to_read();
  const auto beside = has_file() ? std::filesystem::path(log).parent_path() : data_;
  SiteOptions options{.directory = directory.empty() ? beside : std::filesystem::path(directory),
                      .vfs = environment_.vfs};
  if (has_file()) options.log = log;
  if (environment_.host != nullptr) options.read_models = environment_.host->read_models();
  site_ = std::make_unique<Site>(*store_, environment_.clock, std::move(options));
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

int ToolContext::fail(const Problem& problem) const { return fail(std::vector{problem}); }

int ToolContext::fail(const std::vector<Problem>& problems) const {
  if (!json) {
    for (const auto& problem : problems) err_ << "error: " << to_string(problem) << '\n';
    return exit_usage;
  }
  const auto& first = problems.front();
  Report report;
  report.add(FactList{.name = "error",
                      .facts = {{"code", first.code},
                                {"field", text_or_nothing(first.field)},
                                {"message", first.message},
                                {"hint", text_or_nothing(first.hint)}}});
  if (problems.size() > 1) report.add(all_of(problems));
  render_json(err_, report);
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
