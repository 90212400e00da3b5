#include "fed_model.hpp"

#include <fmt/format.h>

namespace tidemark::projection {
namespace {

sqlite::Database open_model(const FedModel::Parts& parts, const Generation& generation) {
  auto file = parts.options.folder.open(generation.file, sqlite::OpenMode::create);
  prepare_model_file(file, parts.model);
  return file;
}

feed::FeedOptions feed_options(const ProjectionWorkerOptions& options,
                               const Generation& generation) {
  auto feed = options.feed;
  feed.name = fmt::format("projection {}", generation.projection);
  feed.strict = generation.strict && generation.state == GenerationState::filling;
  return feed;
}

/// Offsets of a Kafka-fed model that `to` has not come to yet.
constexpr const char* offsets = "SELECT topic, partition, next_offset FROM feed_offsets";

}  // namespace

FedModel::FedModel(const Parts& parts, Generation generation)
    : generation_(std::move(generation)),
      clock_(parts.clock),
      file_(open_model(parts, generation_)),
      handler_(parts.model, file_, parts.clock),
      worker_(feed_options(parts.options, generation_), parts.options.source.make(generation_),
              handler_, file_, parts.clock) {}

runtime::Step FedModel::step() {
  const auto step = worker_.step();
  if (!first_step_at_) {
    first_step_at_ = clock_.monotonic();
    first_done_ = worker_.report().done;
  }
  return step;
}

bool FedModel::has_reached(FedModel& other) {
  if (worker_.checkpoint() < other.worker_.checkpoint()) return false;
  auto theirs = other.file_.statement(offsets);
  while (theirs.next()) {
    auto ours = file_.statement(
        "SELECT 1 FROM feed_offsets WHERE topic = ?1 AND partition = ?2 AND next_offset >= ?3");
    ours.bind_all(theirs.text(0), theirs.integer(1), theirs.integer(2));
    if (!ours.next()) return false;
  }
  return true;
}

std::uint64_t FedModel::events_per_second() const {
  if (!first_step_at_) return 0;
  const auto micros = (clock_.monotonic() - *first_step_at_).count();
  const auto done = worker_.report().done - first_done_;
  return micros <= 0 ? 0 : done * 1'000'000 / static_cast<std::uint64_t>(micros);
}

}  // namespace tidemark::projection
