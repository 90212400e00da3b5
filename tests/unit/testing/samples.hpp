#pragma once

#include <tidemark/projection.hpp>
#include <tidemark/saga/reaction.hpp>
#include <tidemark/saga/saga_model.hpp>

#include "protos/counter.pb.h"
#include "protos/tally.pb.h"

/// A projection, a reaction and a saga to be tested, each as small as it can be.
namespace samples {

/// What players scored in each minute. Negative points are a broken handler; those of "cheat"
/// depend on how often the handler was asked.
struct Scores {
  static constexpr tidemark::ProjectionSpec spec{.name = "scores"};
  using Row = tally::v1::MinuteScore;
  using Key = tidemark::Key<&Row::player, &Row::minute_micros>;
  using Events = tidemark::List<tally::v1::Scored, tally::v1::RoundEnded>;
  static tidemark::Window window(const Row& row);
  static void on(tidemark::Table<Scores>& rows, const tally::v1::Scored& event,
                 const tidemark::Metadata& metadata);
  static void on(tidemark::Table<Scores>& rows, const tally::v1::RoundEnded& event,
                 const tidemark::Metadata& metadata);
};

/// Adds up what a closed minute brought; a round that ends resets, but not at midnight.
struct Prize {
  static constexpr tidemark::ReactionSpec spec{.name = "prize",
                                               .start = tidemark::ReactTo::everything};
  using Inputs = tidemark::List<tally::v1::RoundEnded, tally::v1::Struck, tally::v1::Scored,
                                tidemark::Closed<Scores>>;
  using Commands = tidemark::List<counter::v1::Add, counter::v1::Reset>;
  static void on(tidemark::Dispatch& out, const tally::v1::RoundEnded& event,
                 const tidemark::Metadata& metadata);
  /// Sends what it does not declare.
  static void on(tidemark::Dispatch& out, const tally::v1::Struck& event,
                 const tidemark::Metadata& metadata);
  /// Sends something else each time it is asked.
  static void on(tidemark::Dispatch& out, const tally::v1::Scored& event,
                 const tidemark::Metadata& metadata);
  static void on(tidemark::Dispatch& out, const tidemark::Closed<Scores>& closed);
};

/// Resets a counter that reached ten: books it, waits an hour at most, and says that it is done.
/// When that is refused the booking is taken back.
struct Emptying {
  static constexpr tidemark::SagaSpec spec{.name = "emptying"};
  using Data = counter::v1::CounterSnapshot;
  using Commands = tidemark::List<counter::v1::Add, counter::v1::Noop, counter::v1::Misbehave,
                                  counter::v1::Reset>;
  static std::string correlate(const counter::v1::Added& event);
  static std::string correlate(const counter::v1::WasReset& event);
  static std::string correlate(const counter::v1::Stranger& event);
  struct Table;
};

}  // namespace samples

extern template const tidemark::saga::SagaModel& tidemark::saga_model<samples::Emptying>();
