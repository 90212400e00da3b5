#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/admin/tool.hpp"
#include "tidemark/base/result.hpp"

namespace tidemark::admin {

constexpr int exit_done = 0;
constexpr int exit_findings = 1;
constexpr int exit_usage = 2;

/// What all verbs share: the options that every verb takes, the files, and how to answer.
class ToolContext {
 public:
  ToolContext(std::ostream& out, std::ostream& err, const ToolEnvironment& environment);

  std::string file;       ///< of the log
  std::string directory;  ///< of the rest; empty: where the log is
  bool json = false;

  [[nodiscard]] const ToolEnvironment& environment() const { return environment_; }
  [[nodiscard]] std::ostream& out() const { return out_; }
  /// Opened for reading when first asked for. Throws `Failure` "store.*".
  const Site& site();

  /// Writes a report; its exit code.
  int show(const Report& report) const;
  int show(const Result<Report, Problem>& report) const;
  /// Writes an error; exit code 2.
  int fail(const Problem& problem) const;

  /// What is run when `verb` was chosen.
  void on(CLI::App& verb, std::function<int()> action);
  [[nodiscard]] const std::function<int()>& action() const { return action_; }

 private:
  std::ostream& out_;
  std::ostream& err_;
  const ToolEnvironment& environment_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<Site> site_;
  std::function<int()> action_;
};

/// Adds a verb with a line about it to another, or to the tool.
CLI::App& add_verb(CLI::App& parent, const std::string& name, const std::string& about);
/// Adds a verb that only holds others.
CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& about);

void add_store_verbs(CLI::App& tool, ToolContext& context);
void add_timer_verbs(CLI::App& tool, ToolContext& context);
// These answer with their group, for the verbs that change something.
CLI::App& add_saga_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_projection_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_parked_verbs(CLI::App& tool, ToolContext& context);

void add_projection_changes(CLI::App& group, ToolContext& context);
void add_saga_changes(CLI::App& group, ToolContext& context);
void add_parked_changes(CLI::App& group, ToolContext& context);
void add_operation_verbs(CLI::App& tool, ToolContext& context);

struct InstanceName;
/// The two arguments that name an instance.
void add_instance(CLI::App& verb, InstanceName& name);

}  // namespace tidemark::admin
