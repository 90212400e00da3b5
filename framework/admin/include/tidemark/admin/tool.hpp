#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tidemark/admin/host_application.hpp"
#include "tidemark/admin/render.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark::admin {

constexpr int exit_done = 0;
constexpr int exit_findings = 1;  ///< something is wrong with what was looked at, or was refused
constexpr int exit_usage = 2;     ///< wrong usage or environment

/// What the verbs need from outside. All references outlive `run_tool`.
struct ToolEnvironment {
  const Clock& clock;  ///< real time
  Random& random;
  /// Waits; true when the person asked to stop. With 0 it only asks.
  std::function<bool(Micros)> wait;
  std::map<std::string, std::string> variables = {};  ///< those of the process named TIDEMARK_…
  Terminal terminal = {};                             ///< of `out`
  std::string program = "tidemark";                   ///< how help and hints name it
  std::string version = {};
  std::string user = {};                 ///< who asks, for operations
  std::filesystem::path templates = {};  ///< where `new` finds the template project
  std::string vfs = {};                  ///< SQLite's VFS by name; empty: the system's
  HostApplication* host = nullptr;       ///< in an application's own binary: that application
  store::Engines engines = {};           ///< beside the embedded one
};

/// The verbs that look at an application and operate it, as a program: parses `arguments` (without
/// the program's name), writes what was asked for to `out`, and errors to `err`.
///
/// Answers with an exit code.
int run_tool(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
             const ToolEnvironment& environment);

}  // namespace tidemark::admin
