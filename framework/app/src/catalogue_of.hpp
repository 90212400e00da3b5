#pragma once

#include "tidemark/app/wiring.hpp"
#include "tidemark/command/dispatcher.hpp"

namespace tidemark::app {

/// Every event type that the wiring names, and the framework's own.
Catalogue catalogue_of(const Wiring& wiring);

/// Who takes its commands; the models live as long as a copy of the wiring does.
command::Deciders deciders_of(const Wiring& wiring);

}  // namespace tidemark::app
