#include "contract/store/model_operation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "contract/store/model_text.hpp"

namespace tidemark::store {
namespace {

std::string text_of(const NewEvent& event) {
  auto text = fmt::format("{} {}", name_of(event.event_id), event.type);
  if (event.data.size() <= 20) text += fmt::format(" '{}'", printable(event.data));
  if (event.data.size() > 20) text += fmt::format(" ({} bytes)", event.data.size());
  if (event.tags.size() <= 8) {
    for (const auto& tag : event.tags) text += " #" + tag.substr(0, 20);
  } else {
    text += fmt::format(" ({} tags)", event.tags.size());
  }
  if (!event.correlation_id.empty()) text += " c:" + event.correlation_id.substr(0, 20);
  return text;
}

std::string text_of(const Criterion& criterion) {
  if (criterion.types.empty() && criterion.tags.empty()) return "(every)";
  return fmt::format("({}{}{})", fmt::join(criterion.types, "|"),
                     criterion.tags.empty() ? "" : " #", fmt::join(criterion.tags, " #"));
}

std::string text_of(const std::vector<Criterion>& criteria) {
  std::string text;
  for (const auto& criterion : criteria) text += (text.empty() ? "" : " or ") + text_of(criterion);
  return text;
}

std::string text_of(const ReadQuery& query) {
  auto text = std::string(query.direction == Direction::forward ? "forward" : "backward");
  if (query.from) text += fmt::format(" from @{}", query.from->value());
  if (query.category) text += " category " + *query.category;
  if (!query.types.empty()) text += fmt::format(" types {}", fmt::join(query.types, "|"));
  if (query.correlation_id) text += " correlation " + *query.correlation_id;
  if (!query.criteria.empty()) text += " criteria " + text_of(query.criteria);
  return text + fmt::format(" limit {} scan {}", query.limit, query.scan_max);
}

struct ChangeText {
  std::string operator()(const DeleteStream& what) const {
    return fmt::format("delete {}{}, expected {}", what.stream.name(),
                       what.deletion == Deletion::hard ? " for ever" : "",
                       to_string(what.expected));
  }
  std::string operator()(const TruncateStream& what) const {
    return fmt::format("truncate {} before {}", what.stream.name(), what.before.value());
  }
  std::string operator()(const Retention& what) const {
    return "set " + tidemark::store::text_of(std::optional(what));
  }
  std::string operator()(const SkipEvent& what) const {
    return (what.skipped ? "skip " : "bring back ") + name_of(what.event);
  }
};

struct OperationText {
  std::string operator()(const Append& append) const {
    auto text = "append " + name_of(append.id);
    for (const auto& write : append.streams) {
      text += fmt::format("; {} ({})", write.stream.name(), to_string(write.expected));
      for (const auto& event : write.events) text += ", " + text_of(event);
    }
    if (append.on_duplicate == OnDuplicate::skip) text += "; skip duplicates";
    if (append.condition) {
      text += fmt::format("; none of {} after @{}", text_of(append.condition->criteria),
                          append.condition->after.value());
    }
    if (!append.answer) return text;
    return text + fmt::format("; answer '{}' until {}", append.answer->bytes.substr(0, 20),
                              tidemark::store::text_of(append.answer->expires_at));
  }
  std::string operator()(const AppendGroup& group) const {
    std::string text = "together";
    for (const auto& append : group.appends) text += " {" + (*this)(append) + "}";
    return text;
  }
  std::string operator()(const Import& batch) const {
    auto text = "import " + name_of(batch.id);
    std::size_t shown = 0;
    for (const auto& [stream, event, recorded_at] : batch.events) {
      if (++shown > 20) return text + fmt::format(" … ({} events)", batch.events.size());
      text += "; " + stream.name() + " " + text_of(event);
      if (recorded_at) text += " of " + tidemark::store::text_of(*recorded_at);
    }
    return text;
  }
  std::string operator()(const ReadQuery& query) const { return "read " + text_of(query); }
  std::string operator()(const ReadPages& pages) const {
    return "read in pages " + text_of(pages.query);
  }
  std::string operator()(const StreamQuery& query) const {
    return fmt::format("read stream {} {}{} limit {}", query.stream.name(),
                       query.direction == Direction::forward ? "forward" : "backward",
                       query.from ? fmt::format(" from {}", query.from->value()) : "", query.limit);
  }
  std::string operator()(const AskStream& ask) const { return "state of " + ask.stream.name(); }
  std::string operator()(const ListStreams& list) const {
    return fmt::format("streams of '{}' after '{}' limit {}", list.category, list.after,
                       list.limit);
  }
  std::string operator()(const FindEvent& find) const { return "find " + name_of(find.id); }
  std::string operator()(const FindAppend& find) const { return "outcome of " + name_of(find.id); }
  std::string operator()(const FindPosition& find) const {
    return "position at " + tidemark::store::text_of(find.recorded_at);
  }
  std::string operator()(const LifeCycleChange& change) const {
    return std::visit(ChangeText(), change.what) +
           fmt::format("; by '{}' because '{}'{}", change.who.substr(0, 20),
                       change.reason.substr(0, 20), change.force ? ", by force" : "");
  }
  std::string operator()(const ListSkipped& list) const {
    return fmt::format("skipped after @{} limit {}", list.after.value(), list.limit);
  }
  std::string operator()(const CompactAll& compact) const {
    return fmt::format("compact by {}", compact.events_max);
  }
  std::string operator()(const ReportConsumer& report) const {
    return fmt::format("consumer {} is at @{}", report.consumer.name,
                       report.consumer.checkpoint.position.value());
  }
  std::string operator()(const ListConsumers& /*list*/) const { return "consumers"; }
  std::string operator()(const ForgetConsumer& forget) const {
    return "forget consumer " + forget.name;
  }
  std::string operator()(const SetProperty& set) const {
    return fmt::format("property {} = '{}'", set.name, printable(set.value));
  }
  std::string operator()(const AskProperty& ask) const { return "property " + ask.name; }
  std::string operator()(const RegisterType& type) const {
    return "register " + type.type + " " + type.fingerprint;
  }
  std::string operator()(const MoveClock& move) const {
    return "clock to " + tidemark::store::text_of(move.to);
  }
  std::string operator()(const Maintain& /*maintain*/) const { return "maintain"; }
  std::string operator()(const Reopen& /*reopen*/) const { return "reopen"; }
  std::string operator()(const VerifyLog& /*verify*/) const { return "verify"; }
  std::string operator()(const AskFacts& /*facts*/) const { return "facts"; }
};

}  // namespace

std::string to_string(const Operation& operation) { return std::visit(OperationText(), operation); }

}  // namespace tidemark::store
