#include "tidemark/admin/event_reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "find_stream.hpp"
#include "hidden.hpp"
#include "json_list.hpp"
#include "type_names.hpp"

namespace tidemark::admin {
namespace {

constexpr std::uint64_t page = 1000;
constexpr std::uint64_t scan_page = 20'000;

/// Every name that events of a type may be stored by. A short name may mean several types.
Result<std::vector<std::string>, Problem> stored_names(const Site& site,
                                                       const std::vector<std::string>& types) {
  auto known = event_types(site.manifest());
  for (const auto& [older, now] : site.manifest().upcast) known.push_back(older);
  std::vector<std::string> names;
  for (const auto& type : types) {
    const auto before = names.size();
    for (const auto& each : known) {
      if (each == type || last_part(each) == type) names.push_back(each);
    }
    if (names.size() > before) continue;
    if (type.find('.') == std::string::npos) {
      return Unexpected(Problem{.code = "schema.unknown_type",
                                .field = type,
                                .message = "no type of the manifest has this name",
                                .hint = "`store stats` lists the types that are stored"});
    }
    names.push_back(type);
  }
  for (const auto& [older, now] : site.manifest().upcast) {
    const bool named = std::ranges::find(names, older) != names.end();
    if (!named && std::ranges::find(names, now) != names.end()) names.push_back(older);
  }
  for (const auto& [stored, now] : site.manifest().renamed) {
    if (std::ranges::find(names, now) != names.end()) names.push_back(stored);
  }
  return names;
}

Result<store::ReadQuery, Problem> make_query(const Site& site, const EventQuery& query) {
  store::ReadQuery made{
      .direction = query.backward ? store::Direction::backward : store::Direction::forward,
      .scan_max = scan_page};
  if (query.from) made.from = Position(*query.from);
  if (query.since && !query.backward) {
    made.from = std::max(made.from.value_or(Position()), site.store().position_at(*query.since));
  }
  if (!query.category.empty()) made.category = query.category;
  if (!query.correlation_id.empty()) made.correlation_id = query.correlation_id;
  if (!query.tags.empty()) made.criteria.push_back({.tags = query.tags});
  auto types = stored_names(site, query.types);
  if (!types) return Unexpected(types.error());
  made.types = *std::move(types);
  return made;
}

bool has_tags(const Metadata& metadata, const std::vector<std::string>& tags) {
  const auto extra = decode_extra(metadata.extra).value_or(Extra());
  return std::ranges::all_of(tags, [&](const std::string& tag) {
    return std::ranges::find(extra.tags, tag) != extra.tags.end();
  });
}

bool matches(const EventQuery& query, const std::vector<std::string>& types,
             const EventView& event) {
  const auto& metadata = event.metadata;
  return (types.empty() || std::ranges::find(types, event.type) != types.end()) &&
         (query.category.empty() || metadata.category() == query.category) &&
         (query.tags.empty() || has_tags(metadata, query.tags)) &&
         (query.correlation_id.empty() || metadata.correlation_id == query.correlation_id);
}

/// Counts what is shown, and knows when it is enough.
class Counter {
 public:
  Counter(const Site& site, const EventQuery& query, const EventSink& sink)
      : site_(site),
        limit_(query.limit),
        since_(query.since),
        backward_(query.backward),
        sink_(sink) {}
  bool take(const EventView& event) {
    if (since_ && event.metadata.recorded_at < *since_) {
      stopped_ = backward_;  // what follows is older still
      return !stopped_;
    }
    ++shown_;
    stopped_ = !sink_.show(sink_.facts(site_, event)) || shown_ == limit_;
    return !stopped_;
  }
  [[nodiscard]] bool goes_on() const { return !stopped_ && sink_.keep_going(); }
  [[nodiscard]] std::uint64_t left() const { return std::min(page, limit_ - shown_); }
  [[nodiscard]] std::uint64_t shown() const { return shown_; }

 private:
  const Site& site_;
  const std::uint64_t limit_;
  const std::optional<UtcTime> since_;
  const bool backward_;
  const EventSink& sink_;
  std::uint64_t shown_ = 0;
  bool stopped_ = false;
};

Result<std::uint64_t, Problem> read_stream(const Site& site, const EventQuery& query,
                                           const EventSink& sink) {
  const auto stream = find_stream(site, query.stream);
  if (!stream) return Unexpected(stream.error());
  const auto types = stored_names(site, query.types);
  if (!types) return Unexpected(types.error());
  store::StreamQuery read{
      .stream = *stream,
      .direction = query.backward ? store::Direction::backward : store::Direction::forward,
      .limit = page};
  if (query.from) read.from = StreamVersion(*query.from);
  Counter counter(site, query, sink);
  StreamVersion last;
  for (bool more = true; more;) {
    const auto end = site.store().read_stream(read, [&](const EventView& event) {
      last = event.metadata.version;
      return !matches(query, *types, event) || counter.take(event);
    });
    const auto next = query.backward ? last.value() - 1 : last.value() + 1;
    more = end.returned == page && next > 0 && counter.goes_on();
    read.from = StreamVersion(next);
  }
  return counter.shown();
}

}  // namespace

Facts event_facts(const Site& site, const EventView& event) {
  const auto& metadata = event.metadata;
  const auto extra = decode_extra(metadata.extra).value_or(Extra());
  const auto hidden = event.tombstone ? std::optional(why_hidden(site, event)) : std::nullopt;
  return {{"position", metadata.position.value()},
          {"recorded_at", metadata.recorded_at},
          {"type", std::string(event.type)},
          {"stream", std::string(metadata.stream)},
          {"version", metadata.version.value()},
          {"event_time", metadata.event_time},
          {"ingested_at", metadata.ingested_at ? Value(*metadata.ingested_at) : Value()},
          {"event_id", to_string(metadata.event_id)},
          {"append_id", to_string(metadata.append_id)},
          {"correlation_id", text_or_nothing(metadata.correlation_id)},
          {"causation_id", text_or_nothing(metadata.causation_id)},
          {"traceparent", text_or_nothing(metadata.traceparent)},
          {"tenant", text_or_nothing(metadata.tenant)},
          {"schema", std::uint64_t{event.schema}},
          {"tags", Texts{extra.tags}},
          {"headers", json_pairs(extra.headers)},
          {"hidden", hidden ? Value(hidden->how) : Value()},
          {"hidden_by", hidden ? text_or_nothing(hidden->who) : Value()},
          {"hidden_because", hidden ? text_or_nothing(hidden->reason) : Value()},
          {"data", hidden ? Value(Marked{to_string(*hidden), Mood::warning})
                          : site.payload(event.type, event.data)}};
}

Result<std::uint64_t, Problem> read_events(const Site& site, const EventQuery& query,
                                           const EventSink& sink) {
  if (query.limit == 0) return std::uint64_t{0};
  if (!query.stream.empty()) return read_stream(site, query, sink);
  auto read = make_query(site, query);
  if (!read) return Unexpected(read.error());
  Counter counter(site, query, sink);
  for (bool more = true; more;) {
    read->limit = counter.left();
    const auto end =
        site.store().read(*read, [&](const EventView& event) { return counter.take(event); });
    const auto next = query.backward ? end.scanned.value() - 1 : end.scanned.value() + 1;
    more = !end.at_end && end.scanned > Position() && next > 0 && counter.goes_on();
    read->from = Position(next);
  }
  return counter.shown();
}

Result<EventTail, Problem> EventTail::start(const Site& site, EventQuery query,
                                            std::uint64_t back) {
  if (!query.stream.empty()) {
    const auto stream = find_stream(site, query.stream);
    if (!stream) return Unexpected(stream.error());
    query.category = std::string(stream->category());
  }
  query.backward = false;
  auto read = make_query(site, query);
  if (!read) return Unexpected(read.error());
  if (!query.from && !query.since) {
    const auto tail = site.store().high_water().value();
    read->from = Position(tail > back ? tail - back + 1 : 1);
  }
  return EventTail(site, *std::move(read), std::move(query.stream));
}

std::uint64_t EventTail::poll(std::uint64_t limit, const std::function<bool(const Facts&)>& show) {
  std::uint64_t shown = 0;
  query_.limit = std::max<std::uint64_t>(1, std::min(limit, page));
  const auto end = site_.store().read(query_, [&](const EventView& event) {
    if (!stream_.empty() && event.metadata.stream != stream_) return true;
    ++shown;
    return show(event_facts(site_, event));
  });
  if (end.scanned > Position()) query_.from = end.scanned.next();
  return shown;
}

}  // namespace tidemark::admin
