#pragma once

#include <vector>

#include "config_value.hpp"
#include "tidemark/runtime/config.hpp"

namespace tidemark::runtime::config {

/// What a TOML file says, key by key with lines; tables are followed down to the keys of `schema`,
/// everything else keeps its full name. Text that is no TOML is a problem "config.syntax".
Result<std::vector<Said>, Problem> read_toml(const ConfigSchema& schema, const ConfigFile& file);

}  // namespace tidemark::runtime::config
