#pragma once

#include "tidemark/app/wiring.hpp"

namespace tidemark::app {

/// Every event type that the wiring names, and the framework's own.
Catalogue catalogue_of(const Wiring& wiring);

}  // namespace tidemark::app
