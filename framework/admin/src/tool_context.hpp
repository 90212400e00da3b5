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

/// What all verbs share: the options that every verb takes, the files, and how to answer.
class ToolContext {
 public:
  ToolContext(std::ostream& out, std::ostream& err, const ToolEnvironment& environment);

  std::string log;        ///< its file, or its address: do not show it, but `shown_log`
  std::string directory;  ///< of the rest; empty: where the log is
  bool json = false;
  std::vector<std::string> verifier_keys;  ///< whose signatures checkpoints must have
  HostApplication::Launch launch;  ///< in an application's own binary, instead of the two files

  [[nodiscard]] const ToolEnvironment& environment() const { return environment_; }
  [[nodiscard]] std::ostream& out() const { return out_; }
  /// Reads the host's configuration, if there is a host; false after saying what is wrong with it.
  bool configure();
  /// What the environment says of the log, where the command line said nothing.
  void use_variables();
  /// Whether the log is a file.
  [[nodiscard]] bool has_file() const { return !store::is_address(log); }
  [[nodiscard]] std::string shown_log() const;
  /// Opens the log. Throws `Failure` "store.*".
  [[nodiscard]] std::unique_ptr<store::StoreEngine> open_log(store::OpenOptions options,
                                                             const Clock& clock) const;
  /// What the application is made of: as its own binary says, or as its log does.
  Result<Manifest, Problem> manifest();
  /// Opened for reading when first asked for. Throws `Failure` "store.*".
  const Site& site();

  /// Writes a report; its exit code.
  int show(const Report& report) const;
  int show(const Result<Report, Problem>& report) const;
  /// Writes an error; exit code 2.
  int fail(const Problem& problem) const;
  int fail(const std::vector<Problem>& problems) const;

  /// What is run when `verb` was chosen.
  void on(CLI::App& verb, std::function<int()> action);
  [[nodiscard]] const std::function<int()>& action() const { return action_; }

 private:
  [[nodiscard]] std::unique_ptr<store::StoreEngine> open_to_read() const;

  std::ostream& out_;
  std::ostream& err_;
  const ToolEnvironment& environment_;
  std::filesystem::path data_;  ///< the data directory, where the environment says so
  std::unique_ptr<store::StoreEngine> store_;
  std::unique_ptr<Site> site_;
  std::function<int()> action_;
};

/// Adds a verb with a line about it to another, or to the tool.
CLI::App& add_verb(CLI::App& parent, const std::string& name, const std::string& about);
/// Adds a verb that only holds others.
CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& about);

/// Checkpoints and proofs, into the group of `store`.
void add_integrity_verbs(CLI::App& store, ToolContext& context);
void add_upgrade(CLI::App& store, ToolContext& context);
void add_key_verbs(CLI::App& tool, ToolContext& context);
void add_timer_verbs(CLI::App& tool, ToolContext& context);
void add_input_verbs(CLI::App& tool, ToolContext& context);
void add_reaction_verbs(CLI::App& tool, ToolContext& context);
// These answer with their group, for the verbs that change something.
CLI::App& add_store_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_saga_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_projection_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_parked_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_delayed_verbs(CLI::App& tool, ToolContext& context);
CLI::App& add_group_verbs(CLI::App& tool, ToolContext& context);

void add_store_changes(CLI::App& group, ToolContext& context);
void add_store_copies(CLI::App& group, ToolContext& context);
void add_store_transfers(CLI::App& group, ToolContext& context);
void add_projection_changes(CLI::App& group, ToolContext& context);
void add_saga_changes(CLI::App& group, ToolContext& context);
void add_parked_changes(CLI::App& group, ToolContext& context);
void add_delayed_changes(CLI::App& group, ToolContext& context);
void add_group_changes(CLI::App& group, ToolContext& context);
void add_operation_verbs(CLI::App& tool, ToolContext& context);
void add_report_verbs(CLI::App& tool, ToolContext& context);
/// What only an application's own binary can do.
void add_host_verbs(CLI::App& tool, ToolContext& context);

struct EventQuery;
/// The options that say which events are meant.
void add_event_filters(CLI::App& verb, EventQuery& query);

struct InstanceName;
/// The two arguments that name an instance.
void add_instance(CLI::App& verb, InstanceName& name);

}  // namespace tidemark::admin
