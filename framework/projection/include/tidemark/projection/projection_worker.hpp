#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/base/clock.hpp"
#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/feed/source.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/observe/log.hpp"
#include "tidemark/projection/model.hpp"
#include "tidemark/projection/models.hpp"
#include "tidemark/projection/rebuild.hpp"
#include "tidemark/runtime/worker.hpp"

namespace tidemark::projection {

/// Makes the source that feeds one generation.
struct SourceFactory {
  /// Kafka sources of different generations need different groups.
  std::function<std::unique_ptr<feed::Source>(const Generation&)> make;
  /// Where a source would be if it were up to date, from any thread, also while the worker does not
  /// move; none: as the source said last.
  std::function<std::uint64_t()> tail = nullptr;
};

struct ProjectionWorkerOptions {
  ModelFolder folder;
  SourceFactory source;
  feed::FeedOptions feed = {};  ///< its `name` and `strict` are set per generation
  observe::Logger log = observe::Logger::null();
};

/// The log as the source of every generation. Store and catalogue outlive what it makes.
SourceFactory from_store(store::EventStore& store, const Catalogue& catalogue);

/// Topics as the source of every generation, each generation in a group of its own,
/// "<group>.g<number>". Broker and catalogue outlive what it makes.
struct TopicsOptions {
  std::vector<std::string> topics;
  std::string group;  ///< "adtech.campaign_minutes.<store id>"
  /// A person's decision after "feed.partitions_changed".
  bool accept_partition_changes = false;
};
SourceFactory from_topics(kafka::Broker& broker, const Catalogue& catalogue, TopicsOptions options);

/// Keeps one projection's read model: feeds the live generation, builds a new one beside it when
/// asked to (`Rebuild`) or when the projection has a new version, and makes it live in the step in
/// which it has reached the live one's checkpoint. The previous generation is fed on for a
/// rollback. One step feeds each of them a bounded amount, so a build slows the live model by at
/// most a step's time.
///
/// First build: readers see the model once it has reached the end that the log had when the worker
/// opened it. A new version: the old model answers as it is until the new one has reached its
/// checkpoint and that end. Everything is found again in "models.db" after a crash at any point.
///
/// What stops the live feed is thrown from `step()`, as by `FeedWorker`; a build that fails stops
/// alone and says why in its generation's `problem`.
class ProjectionWorker final : public runtime::Worker {
 public:
  /// Takes the projection's lock in the folder. Throws `Failure` "projection.locked" when another
  /// process has it, and "projection.layout_changed" when the live model has the same version and
  /// another layout. `clock` outlives the worker.
  ProjectionWorker(std::unique_ptr<const ProjectionModel> model, ProjectionWorkerOptions options,
                   const Clock& clock);
  ~ProjectionWorker() override;

  [[nodiscard]] const std::string& name() const override;
  runtime::Step step() override;
  [[nodiscard]] runtime::WorkerReport report() const override;
  void stop() noexcept override;

  /// The last position in the live model; 0 before there is one. Safe from any thread.
  [[nodiscard]] Position checkpoint() const;
  /// The build under way, if there is one. Safe from any thread.
  [[nodiscard]] std::optional<RebuildProgress> progress() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::projection
