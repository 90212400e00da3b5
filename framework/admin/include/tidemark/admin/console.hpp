#pragma once

#include <string>

#include "tidemark/admin/tool.hpp"
#include "tidemark/runtime/signals.hpp"

namespace tidemark::admin {

/// A program whose main function is the tool.
struct Console {
  int argc = 0;
  char** argv = nullptr;
  std::string program = "tidemark";
  std::string version = {};
  std::filesystem::path templates = {};  ///< see `ToolEnvironment::templates`
  HostApplication* host = nullptr;       ///< see `ToolEnvironment::host`
  store::Engines engines = {};           ///< see `ToolEnvironment::engines`
};

/// Runs the tool on standard output, with the process's environment, terminal, user and clock. Its
/// exit code.
int run_console(const Console& console, runtime::Signals& signals);

}  // namespace tidemark::admin
