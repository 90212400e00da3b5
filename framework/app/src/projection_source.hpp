#pragma once

#include <string>

#include "tidemark/app/assembly.hpp"
#include "tidemark/app/wiring.hpp"
#include "tidemark/projection/projection_worker.hpp"

namespace tidemark::app {

/// What read models may be fed from. All references must outlive the source.
struct ProjectionGround {
  const Wiring& wiring;
  store::StoreEngine& store;
  const Catalogue& catalogue;
  kafka::Broker* broker = nullptr;
  const ProjectionTopics& topics;
};

/// The topics when there are any, the log otherwise. Throws `Failure` "app.bad_configuration" for
/// topics without a broker.
projection::SourceFactory source_of(const std::string& projection, const ProjectionGround& ground);

}  // namespace tidemark::app
