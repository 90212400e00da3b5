#pragma once

#include "tidemark/app/wiring.hpp"
#include "tidemark/runtime/config.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark::app {

/// Looks for settings that contradict each other, or the wiring, before anything is opened or made.
/// Throws `Failure`: "app.bad_configuration" (or "app.no_mapper", "relay.bad_topic") for the first.
void refuse_contradictions(const Wiring& wiring, const runtime::Config& config,
                           const store::Engines& engines = {});

}  // namespace tidemark::app
