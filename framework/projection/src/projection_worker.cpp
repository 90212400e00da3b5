#include "tidemark/projection/projection_worker.hpp"

#include <fmt/format.h>

#include "projection_loop.hpp"
#include "tidemark/feed/kafka_source.hpp"

namespace tidemark::projection {

struct ProjectionWorker::State {
  ProjectionLoop loop;
};

ProjectionWorker::ProjectionWorker(std::unique_ptr<const ProjectionModel> model,
                                   ProjectionWorkerOptions options, const Clock& clock)
    : state_(new State{.loop = ProjectionLoop(std::move(model), std::move(options), clock)}) {}

ProjectionWorker::~ProjectionWorker() = default;

const std::string& ProjectionWorker::name() const { return state_->loop.name(); }
runtime::Step ProjectionWorker::step() { return state_->loop.step(); }
runtime::WorkerReport ProjectionWorker::report() const { return state_->loop.report(); }
void ProjectionWorker::stop() noexcept { state_->loop.stop(); }
Position ProjectionWorker::checkpoint() const { return state_->loop.checkpoint(); }
std::optional<RebuildProgress> ProjectionWorker::progress() const {
  return state_->loop.progress();
}

SourceFactory from_store(store::EventStore& store, const Catalogue& catalogue) {
  return {
      .make = [&store, &catalogue](
                  const Generation&) { return feed::store_source(store, catalogue, Position()); },
      .tail = [&store] { return store.high_water().value(); }};
}

SourceFactory from_topics(kafka::Broker& broker, const Catalogue& catalogue,
                          TopicsOptions options) {
  return {
      .make = [&broker, &catalogue, options = std::move(options)](const Generation& generation) {
        return feed::kafka_source(
            broker, catalogue,
            {.consumer = {.group = fmt::format("{}.g{}", options.group, generation.number),
                          .topics = options.topics},
             .accept_partition_changes = options.accept_partition_changes});
      }};
}

}  // namespace tidemark::projection
