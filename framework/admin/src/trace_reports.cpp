#include "tidemark/admin/trace_reports.hpp"

#include <fmt/format.h>

#include "causes.hpp"
#include "journal.hpp"
#include "offset_finder.hpp"
#include "tidemark/admin/event_reports.hpp"
#include "tidemark/admin/render.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/relay/lease.hpp"
#include "traced_rows.hpp"
#include "type_names.hpp"

namespace tidemark::admin {
namespace {

constexpr const char* relay_name = "main";

std::vector<RecordedEvent> events_of(const Site& site, const TraceQuery& query) {
  std::vector<RecordedEvent> events;
  store::ReadQuery read{.correlation_id = query.correlation_id};
  for (bool more = true; more;) {
    read.limit = query.limit - events.size();
    const auto end = site.store().read(read, [&](const EventView& event) {
      events.emplace_back(event);
      return true;
    });
    more = !end.at_end && end.scanned > Position() && events.size() < query.limit;
    read.from = end.scanned.next();
  }
  return events;
}

/// A step of a saga in one line: what it answered to, where it went, what it did.
std::string step_text(const RecordedEvent& event, const JournalLine& line) {
  std::string text(event.metadata().stream);
  text += fmt::format(": {}", line.what);
  if (!line.input.empty()) text += fmt::format(" {}", last_part(line.input));
  if (!line.to.empty() && line.from != line.to) {
    text += fmt::format(", {} → {}", line.from.empty() ? "(start)" : line.from, line.to);
  }
  const bool sends = line.what == "transition";
  if (!line.detail.empty()) {
    text += fmt::format(", {}", sends ? short_types(line.detail) : line.detail);
  }
  return text;
}

/// Makes nodes of deeds; times are told from the beginning of the conversation.
class Telling {
 public:
  Telling(const Site& site, const Causes& causes, UtcTime began)
      : site_(site), causes_(causes), began_(began) {}

  [[nodiscard]] Node node(std::size_t index) const {
    const auto& deed = causes_.deeds[index];
    Node node;
    bool first = true;
    for (const auto& event : deed.events) {
      auto line = event_node(deed, event);
      if (std::exchange(first, false)) {
        node = std::move(line);
      } else {
        node.children.push_back(std::move(line));
      }
    }
    for (const auto effect : deed.effects) node.children.push_back(this->node(effect));
    return node;
  }

 private:
  [[nodiscard]] std::string when(const RecordedEvent& event) const {
    const auto after = event.metadata().recorded_at - began_;
    return fmt::format("#{} +{}", event.metadata().position.value(), to_text(Value(after)));
  }

  [[nodiscard]] Node event_node(const Deed& deed, const RecordedEvent& event) const {
    const auto line = journal_line(event.view());
    Node node{.text = {}, .facts = event_facts(site_, event.view()), .children = {}};
    if (line) {
      node.facts.insert(node.facts.begin(), {"kind", "step"});
      node.text = fmt::format("{}  {}", step_text(event, *line), when(event));
      return node;
    }
    const auto& metadata = event.metadata();
    const bool fact = metadata.ingested_at.has_value();
    node.facts.insert(node.facts.begin(), {"kind", fact ? "fact" : "event"});
    node.facts.insert(node.facts.begin() + 1, {"command", text_or_nothing(deed.command)});
    const auto by =
        deed.command.empty() ? std::string() : fmt::format("{} → ", last_part(deed.command));
    node.text = fmt::format("{}{} {}@{}  {}", by, last_part(event.type()), metadata.stream,
                            metadata.version.value(), when(event));
    return node;
  }

  const Site& site_;
  const Causes& causes_;
  const UtcTime began_;
};

Value published_value(const Site& site, Position position) {
  const auto published = relay::Lease::published_by(site.store(), relay_name);
  if (!published) return {};
  if (position <= *published) return Marked{"yes", Mood::good};
  return Marked{fmt::format("up to {}, as the relay last said", published->value()), Mood::warning};
}

/// Asks the broker for offsets until it fails; what it said then is kept.
class Offsets {
 public:
  Offsets(const Site& site, const TraceQuery& query) {
    if (query.broker == nullptr) return;
    finder_.emplace(*query.broker, OffsetFinder::Options{.store = site.store().store_id(),
                                                         .wait = query.wait,
                                                         .patience = query.patience});
  }

  std::optional<OffsetFinder::Place> find(const std::string& topic, const Metadata& metadata) {
    if (!finder_) return std::nullopt;
    try {
      return finder_->find(topic, std::string(metadata.stream), metadata.position);
    } catch (const Failure& failure) {
      problem_ = failure.what();
      finder_.reset();
      return std::nullopt;
    }
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::optional<OffsetFinder> finder_;
  std::string problem_;
};

/// Where the events are published. What the relay last said may be some seconds old.
Table records_table(const Site& site, const std::vector<RecordedEvent>& events, Offsets& offsets) {
  Table table{.name = "records",
              .columns = {"position", "topic", "published", "partition", "offset"},
              .rows = {},
              .if_empty = "none of these events is published"};
  for (const auto& event : events) {
    const auto& metadata = event.metadata();
    const auto topic = topic_of(site.manifest(), metadata.category());
    if (!topic) continue;
    const auto place = offsets.find(*topic, metadata);
    const auto published =
        place ? Value(Marked{"yes", Mood::good}) : published_value(site, metadata.position);
    table.rows.push_back({metadata.position.value(), *topic, published,
                          place ? Value(static_cast<std::uint64_t>(place->partition)) : Value(),
                          place ? Value(static_cast<std::uint64_t>(place->offset)) : Value()});
  }
  return table;
}

}  // namespace

Result<Report, Problem> trace(const Site& site, const TraceQuery& query) {
  const auto events = events_of(site, query);
  if (events.empty()) {
    return Unexpected(Problem{.code = "trace.unknown",
                              .field = query.correlation_id,
                              .message = "no event has this correlation id",
                              .hint = "`store read --json` shows it; of a command without one it "
                                      "is the command's id"});
  }
  const auto causes = find_causes(events);
  const auto began = events.front().metadata().recorded_at;
  const auto ended = events.back().metadata().recorded_at;
  Tree tree{.name = "steps", .roots = {}, .whole = true};
  const Telling telling(site, causes, began);
  for (const auto root : causes.roots) tree.roots.push_back(telling.node(root));
  Offsets offsets(site, query);
  auto records = records_table(site, events, offsets);
  FactList facts{.name = {},
                 .facts = {{"correlation_id", query.correlation_id},
                           {"events", std::uint64_t{events.size()}},
                           {"began_at", began},
                           {"took", ended - began}}};
  if (!offsets.problem().empty()) {
    facts.facts.push_back({"broker", Marked{offsets.problem(), Mood::warning}});
  }
  return Report()
      .add(std::move(facts))
      .add(std::move(tree))
      .add(std::move(records))
      .add(traced_rows(site, events));
}

}  // namespace tidemark::admin
