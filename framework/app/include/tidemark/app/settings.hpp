#pragma once

#include "tidemark/runtime/config.hpp"
#include "tidemark/runtime/config_schema.hpp"

namespace tidemark::app {

/// Every key that an application's configuration may set, with its default and a line about it.
runtime::ConfigSchema config_schema();

}  // namespace tidemark::app
