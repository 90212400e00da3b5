#pragma once

#include <initializer_list>
#include <memory>

#include "change.hpp"
#include "usage.hpp"

namespace tidemark::admin {

/// A positional argument of a verb that changes something.
struct ChangeArgument {
  const char* name;   ///< as it travels with the operation
  const char* usage;  ///< as help shows it
  const char* about;
};

struct ChangeVerb {
  const char* name;
  const char* about;
  std::initializer_list<ChangeArgument> arguments;
};

/// A verb that was added, for options of its own.
struct AddedChange {
  CLI::App& verb;
  std::shared_ptr<Change> change;  ///< shared with the verb's action
};

/// Adds a verb that changes something, with the options that all of them have.
AddedChange add_change(CLI::App& group, ToolContext& context, const ChangeVerb& which);

}  // namespace tidemark::admin
