#pragma once

#include "tidemark/app/wiring.hpp"

namespace tidemark::app {

/// Every event type that the wiring names, and the framework's own.
Catalogue catalogue_of(const Wiring& wiring);

/// The models of its aggregates; they live as long as a copy of the wiring does.
std::vector<const command::AggregateModel*> aggregates_of(const Wiring& wiring);

}  // namespace tidemark::app
