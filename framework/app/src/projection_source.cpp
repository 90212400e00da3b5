#include "projection_source.hpp"

#include <fmt/format.h>

#include "tidemark/base/failure.hpp"

namespace tidemark::app {

projection::SourceFactory source_of(const std::string& projection, const ProjectionGround& ground) {
  if (ground.topics.names.empty()) return projection::from_store(ground.store, ground.catalogue);
  if (ground.broker == nullptr) {
    throw Failure({.code = "app.bad_configuration",
                   .message = "projection.topics: topics need a broker",
                   .hint = "set kafka.bootstrap_servers"});
  }
  // Each data directory holds whole models: two that shared a group would get half of the records
  // each.
  return projection::from_topics(
      *ground.broker, ground.catalogue,
      {.topics = ground.topics.names,
       .group = fmt::format("{}.{}.{}", ground.wiring.parts().name, projection,
                            to_string(ground.store.store_id())),
       .accept_partition_changes = ground.topics.accept_partition_changes});
}

}  // namespace tidemark::app
