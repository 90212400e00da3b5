#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tidemark/base/position.hpp"
#include "tidemark/feed/source.hpp"
#include "tidemark/saga/reaction.hpp"

namespace tidemark::saga {

/// The live read model of a projection: which generation it is, and its file.
struct LiveModel {
  std::uint64_t generation = 0;
  std::filesystem::path file;
};

struct WindowSourceOptions {
  std::string projection;
  /// The live model at this moment; none before there is one.
  std::function<std::optional<LiveModel>()> live;
  ReactTo start = ReactTo::everything;
  /// The log's high-water mark, for a reaction that starts with the news.
  std::function<Position()> high_water;
};

/// The closed windows of one projection, in the order of closing, as `v1::WindowClosed`; what is
/// parked together is a window's row.
///
/// Where it stands is kept per generation of the read model: after a rebuild it goes through the
/// new generation from its start. The same window and revision have the same event id in every
/// generation, so commands whose ids follow from it are not carried out again.
std::unique_ptr<feed::Source> window_source(WindowSourceOptions options);

}  // namespace tidemark::saga
