#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "tidemark/projection/model.hpp"
#include "tidemark/testing/log_event.hpp"

namespace tidemark::testing {

/// A closing that a test expects: the row as it was, and which revision. Made by `closed`.
struct ExpectedClosing {
  EventList row;
  std::uint32_t revision = 1;
};

template <std::derived_from<google::protobuf::Message> Row>
ExpectedClosing closed(const Row& row, std::uint32_t revision = 1,
                       std::source_location where = std::source_location::current()) {
  return {.row = EventList(row, where), .revision = revision};
}

namespace detail {

/// The part of `GivenEvents` that does not depend on the projection's type.
class ProjectionScript {
 public:
  explicit ProjectionScript(std::unique_ptr<const projection::ProjectionModel> model);
  ProjectionScript(ProjectionScript&&) noexcept;
  ~ProjectionScript();

  void play(const std::vector<LogEvent>& log);
  void expect_rows(const EventList& rows);
  void expect_no_rows(std::source_location where);
  void expect_closed(const std::vector<ExpectedClosing>& closings, std::source_location where);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detail

/// A projection that was fed a log. Made by `given_events`.
template <Projection P>
class GivenEvents {
 public:
  explicit GivenEvents(const std::vector<LogEvent>& log) : script_(make_projection<P>()) {
    script_.play(log);
  }

  /// The read model holds exactly these rows, in the order of their keys.
  template <std::convertible_to<EventList>... More>
  GivenEvents& then_rows(EventList&& first, const More&... more) {
    (first.append(EventList(more)), ...);
    script_.expect_rows(first);
    return *this;
  }
  GivenEvents& then_no_rows(std::source_location where = std::source_location::current()) {
    script_.expect_no_rows(where);
    return *this;
  }
  /// Exactly these windows have closed, in this order.
  template <std::same_as<ExpectedClosing>... More>
  GivenEvents& then_closed(ExpectedClosing first, More... more) {
    const auto where = first.row.where();
    std::vector<ExpectedClosing> all;
    all.push_back(std::move(first));
    (all.push_back(std::move(more)), ...);
    script_.expect_closed(all, where);
    return *this;
  }
  GivenEvents& then_none_closed(std::source_location where = std::source_location::current()) {
    script_.expect_closed({}, where);
    return *this;
  }

 private:
  detail::ProjectionScript script_;
};

/// Feeds a projection these events, in this order:
///
///     given_events<CampaignMinutes>(event(served("c1", 5), noon), event(served("c1", 7), noon))
///         .then_rows(minute("c1", noon, 2, 12));
///
/// They are fed twice: once in one batch, and once with every event delivered, forgotten as by a
/// crash, and delivered again; both must come to the same rows and closings. An event that the
/// projection does not handle, or whose handler throws, fails the test at its line.
template <Projection P, std::same_as<LogEvent>... More>
GivenEvents<P> given_events(LogEvent first, More... more) {
  std::vector<LogEvent> log;
  log.push_back(std::move(first));
  (log.push_back(std::move(more)), ...);
  return GivenEvents<P>(log);
}

/// As above, for a log that a test made itself.
template <Projection P>
GivenEvents<P> given_events(const std::vector<LogEvent>& log) {
  return GivenEvents<P>(log);
}

}  // namespace tidemark::testing
