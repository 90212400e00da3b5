#include "fed_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/feed/parking.hpp"

namespace tidemark::projection {
namespace {

std::unique_ptr<sql::Database> open_model(const FedModel::Parts& parts,
                                          const Generation& generation) {
  auto file = parts.options.folder.open(generation.file, sql::OpenMode::create);
  file->guard(generation.file);
  prepare_model_file(*file, parts.model);
  return file;
}

feed::FeedOptions feed_options(const ProjectionWorkerOptions& options,
                               const Generation& generation) {
  auto feed = options.feed;
  feed.name = fmt::format("projection {}", generation.projection);
  feed.strict = generation.strict && generation.state == GenerationState::filling;
  return feed;
}

const feed::FeedDesk::Partition* same_partition(const std::vector<feed::FeedDesk::Partition>& among,
                                                const feed::FeedDesk::Partition& as) {
  const auto found = std::ranges::find_if(among, [&](const auto& each) {
    return each.topic == as.topic && each.partition == as.partition;
  });
  return found == among.end() ? nullptr : &*found;
}

}  // namespace

FedModel::FedModel(const Parts& parts, Generation generation)
    : generation_(std::move(generation)),
      clock_(parts.clock),
      file_(open_model(parts, generation_)),
      handler_(parts.model, *file_, parts.clock),
      worker_(feed_options(parts.options, generation_), parts.options.source.make(generation_),
              handler_, *file_, parts.clock) {}

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
  const auto ours = feed::FeedDesk(*file_).partitions();
  const auto theirs = feed::FeedDesk(*other.file_).partitions();
  return std::ranges::all_of(theirs, [&](const auto& their) {
    const auto* our = same_partition(ours, their);
    return our != nullptr && our->next_offset >= their.next_offset;
  });
}

std::optional<std::string> FedModel::cut_against(FedModel& other) {
  const auto ours = feed::FeedDesk(*file_).partitions();
  if (ours.empty()) return std::nullopt;
  for (const auto& their : feed::FeedDesk(*other.file_).partitions()) {
    const auto* our = same_partition(ours, their);
    if (our == nullptr || !their.first_offset || our->next_offset <= *their.first_offset) continue;
    const auto first = our->first_offset.value_or(our->next_offset);
    if (first <= *their.first_offset) continue;
    return fmt::format("{}/{} begins at offset {} now; the live model holds it from {}, {} on",
                       their.topic, their.partition, first, *their.first_offset,
                       tidemark::to_string(their.first_time));
  }
  return std::nullopt;
}

std::uint64_t FedModel::events_per_second() const {
  if (!first_step_at_) return 0;
  const auto micros = (clock_.monotonic() - *first_step_at_).count();
  const auto done = worker_.report().done - first_done_;
  return micros <= 0 ? 0 : done * 1'000'000 / static_cast<std::uint64_t>(micros);
}

}  // namespace tidemark::projection
