#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tidemark/admin/operation_target.hpp"
#include "tidemark/admin/render.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"

namespace tidemark::admin {

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
  /// For an application's own binary: makes its parts in this process, so that what is asked for
  /// can be done here when the application does not run. Throws `Failure`.
  std::function<std::shared_ptr<OperationTarget>()> local = nullptr;
};

/// The verbs that look at an application and operate it, as a program: parses `arguments` (without
/// the program's name), writes what was asked for to `out`, and errors to `err`.
///
/// Exit codes: 0; 1 when something is wrong with what was looked at, or when the application
/// refused; 2 for wrong usage or environment.
int run_tool(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
             const ToolEnvironment& environment);

}  // namespace tidemark::admin
