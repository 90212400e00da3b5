#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/admin/report.hpp"
#include "tidemark/admin/site.hpp"
#include "tidemark/base/result.hpp"
#include "tidemark/store/read.hpp"

namespace tidemark::admin {

/// Which events to show. What is left out does not restrict.
struct EventQuery {
  std::optional<std::uint64_t> from = {};  ///< a position; with `stream` a version
  std::optional<UtcTime> since = {};       ///< only what was recorded then or later
  bool backward = false;                   ///< from the newest, or from `from`, to older ones
  std::string stream = {};
  std::string category = {};
  std::vector<std::string> types = {};  ///< full names, or the part behind the last dot
  std::vector<std::string> tags = {};   ///< all of them
  std::string correlation_id = {};
  std::uint64_t limit = 100;
};

/// Everything about an event: envelope, headers, tags, and the payload as JSON; of one that is
/// hidden how, by whom and why.
Facts event_facts(const Site& site, const EventView& event);

/// What `read_events` does with what it finds.
struct EventSink {
  std::function<bool(const Facts&)> show;                  ///< false: no more
  std::function<bool()> keep_going = [] { return true; };  ///< asked between pages of the log
  std::function<Facts(const Site&, const EventView&)> facts = &event_facts;  ///< what is shown
};

/// Shows the events of the query, in order; answers how many. Problems: "stream.bad_name",
/// "store.no_such_stream", "schema.unknown_type".
Result<std::uint64_t, Problem> read_events(const Site& site, const EventQuery& query,
                                           const EventSink& sink);

/// Shows what is appended, from a position on, a bounded amount in each call.
class EventTail {
 public:
  /// Starts with the newest `back` events, or at `query.from`.
  static Result<EventTail, Problem> start(const Site& site, EventQuery query, std::uint64_t back);
  /// Shows up to `limit` events that are there now; answers how many.
  std::uint64_t poll(std::uint64_t limit, const std::function<bool(const Facts&)>& show);

 private:
  EventTail(const Site& site, store::ReadQuery query, std::string stream)
      : site_(site), query_(std::move(query)), stream_(std::move(stream)) {}

  const Site& site_;
  store::ReadQuery query_;
  std::string stream_;
};

}  // namespace tidemark::admin
