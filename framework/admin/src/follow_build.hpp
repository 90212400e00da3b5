#pragma once

#include <string>

#include "tidemark/runtime/worker.hpp"
#include "tool_context.hpp"

namespace tidemark::admin {

/// Stays until the newest build of `projection` is live, and shows percent, rate and the time left
/// on a terminal. `worker` builds it in this process; null: the running application does.
///
/// An exit code: 1 when the build stopped or was given up; a person who asks to stop gets 0, and
/// the build goes on whenever the application runs.
int follow_build(ToolContext& context, const std::string& projection, runtime::Worker* worker);

}  // namespace tidemark::admin
