#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tidemark/feed/source.hpp"
#include "tidemark/saga/reaction.hpp"
#include "tidemark/store/origin.hpp"

namespace tidemark::saga {

/// The live read model of a projection: which generation it is, and what opens it for reading.
struct LiveModel {
  std::uint64_t generation = 0;
  std::function<std::unique_ptr<sql::Database>()> open;
};

struct WindowSourceOptions {
  std::string projection;
  /// The live model at this moment; none before there is one.
  std::function<std::optional<LiveModel>()> live;
  ReactTo start = ReactTo::everything;
  /// The log that the commands go to; outlives the source.
  store::EventStore& store;
};

/// The closed windows of one projection, in the order of closing, as `v1::WindowClosed`; what is
/// parked together is a window's row.
///
/// What was told is remembered by window, in the feed's file: a window is told when its row is
/// another than the one told last, with the next revision and the row told before. So a read model
/// that is built anew has no effects, except where it now says another thing of a window: that is
/// told once, as it stands at the end. The event id follows from window and revision; what is to be
/// told is written down first, so that what comes again after a crash is the same.
///
/// The file belongs to one log: `open` throws `Failure` "store.diverged" when that is another one.
std::unique_ptr<feed::Source> window_source(WindowSourceOptions options);

/// The place in a log that a window source's file follows from; none before it was used, and in
/// other files.
std::optional<store::Origin> windows_origin(sql::Database& file);

}  // namespace tidemark::saga
