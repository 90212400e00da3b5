#include "contract/store/model_text.hpp"

#include <fmt/format.h>

namespace tidemark::store {
namespace {

constexpr std::int64_t clock_start_micros = 1'790'000'000'000'000;

/// The number that `id_of` of the suites made an id from.
std::uint64_t number_of(const Uuid& uuid) {
  std::uint64_t number = 0;
  for (std::size_t at = 8; at < 16; ++at) number = number << 8 | uuid.bytes()[at];
  return number;
}

const char* deletion_text(Deletion deletion) {
  return deletion == Deletion::none ? "" : deletion == Deletion::soft ? " deleted" : " gone";
}

struct AppendErrorText {
  std::string operator()(const Conflict& error) const {
    return fmt::format("conflict: {} expected {}, is at {}{}", error.stream.name(),
                       to_string(error.expected), error.actual.value(),
                       deletion_text(error.deletion));
  }
  std::string operator()(const DuplicateEvents& error) const {
    std::string text = "duplicates:";
    for (const auto& id : error.event_ids) text += " " + name_of(id);
    return text;
  }
  std::string operator()(const LimitExceeded& error) const {
    return fmt::format("limit of {}: {} > {}", error.field, error.actual, error.max);
  }
  std::string operator()(const ConditionFailed& error) const {
    return fmt::format("condition failed at @{}", error.position.value());
  }
  std::string operator()(const StreamDeleted& error) const {
    return fmt::format("{} is gone", error.stream.name());
  }
  std::string operator()(const RecordedBefore& error) const {
    return fmt::format("event {} is of {}, before {}", error.index, text_of(error.recorded_at),
                       text_of(error.newest));
  }
};

struct LifeCycleErrorText {
  std::string operator()(const Conflict& error) const { return AppendErrorText()(error); }
  std::string operator()(const StreamDeleted& error) const { return AppendErrorText()(error); }
  std::string operator()(const ConsumerBehind& error) const {
    return fmt::format("consumer {} at @{} is behind @{}", error.consumer, error.at.value(),
                       error.last.value());
  }
  std::string operator()(const NothingThere& /*error*/) const { return "nothing there"; }
  std::string operator()(const BadChange& error) const { return "bad " + error.field; }
};

}  // namespace

std::string printable(std::string_view bytes) {
  std::string text(bytes);
  for (auto& c : text) {
    if (c != '\n' && (c < ' ' || c > '~')) c = '.';
  }
  return text;
}

std::string text_of(UtcTime time) {
  const auto micros = time.micros() - clock_start_micros;
  if (micros % 1'000'000 == 0) return fmt::format("t{:+}s", micros / 1'000'000);
  return fmt::format("t{:+}us", micros);
}

std::string name_of(const EventId& id) { return fmt::format("e{}", number_of(id.uuid())); }
std::string name_of(const AppendId& id) { return fmt::format("a{}", number_of(id.uuid())); }

std::string text_of(const Result<Appended, AppendError>& result) {
  if (result.has_value()) return text_of(std::optional(result.value()));
  return std::visit(AppendErrorText(), result.error());
}

std::string text_of(const std::optional<Appended>& appended) {
  if (!appended) return "none";
  auto text = fmt::format("@{}..{} versions", appended->first.value(), appended->last.value());
  for (const auto version : appended->versions) text += fmt::format(" {}", version.value());
  if (appended->skipped > 0) text += fmt::format(", skipped {}", appended->skipped);
  if (appended->repeated) text += ", repeated";
  if (appended->answer) text += fmt::format(", answer '{}'", *appended->answer);
  return text;
}

std::string text_of(const Result<LifeCycleChanged, LifeCycleError>& result) {
  if (!result.has_value()) return std::visit(LifeCycleErrorText(), result.error());
  return fmt::format("{} events{}", result->events, result->forced ? ", forced" : "");
}

std::string text_of(const StreamState& state) {
  return fmt::format("version {}{}, deleted through {}, first {}", state.version.value(),
                     deletion_text(state.deletion), state.deleted_through.value(),
                     state.first.value());
}

std::string text_of(const std::optional<Retention>& retention) {
  if (!retention) return "no retention";
  auto text = "retention of " + retention->stream.name();
  if (retention->count_max) text += fmt::format(" count {}", *retention->count_max);
  if (retention->age_max) text += fmt::format(" age {}us", retention->age_max->count());
  return text;
}

std::string text_of(const std::vector<StreamInfo>& streams) {
  std::string text;
  for (const auto& info : streams) {
    text += fmt::format("{} version {} @{}{}\n", info.stream.name(), info.version.value(),
                        info.last_position.value(), deletion_text(info.deletion));
  }
  return text;
}

std::string text_of(const std::vector<Skipped>& skipped) {
  std::string text;
  for (const auto& event : skipped) {
    text += fmt::format("@{} {} {} {}\n", event.position.value(), event.who, event.reason,
                        text_of(event.skipped_at));
  }
  return text;
}

std::string text_of(const std::vector<Consumer>& consumers) {
  std::string text;
  for (const auto& consumer : consumers) {
    text += fmt::format("{} @{} {}{}\n", consumer.name, consumer.checkpoint.position.value(),
                        text_of(consumer.reported_at),
                        consumer.checkpoint.chain == ChainHash{} ? "" : " hash");
  }
  return text;
}

std::string text_of(const ReadEnd& end) {
  return fmt::format("{} returned, scanned @{}{}\n", end.returned, end.scanned.value(),
                     end.at_end ? ", at end" : "");
}

void add_text(std::string& text, const EventView& event) {
  const auto& metadata = event.metadata;
  fmt::format_to(std::back_inserter(text), "@{} {}/{} e{} a{} {}.{} t{} r{}",
                 metadata.position.value(), metadata.stream, metadata.version.value(),
                 number_of(metadata.event_id.uuid()), number_of(metadata.append_id.uuid()),
                 event.type, event.schema, metadata.event_time.micros(),
                 metadata.recorded_at.micros() - clock_start_micros);
  if (metadata.ingested_at) text += fmt::format(" i{}", metadata.ingested_at->micros());
  for (const auto& [sign, field] :
       {std::pair(" c:", metadata.correlation_id), std::pair(" because:", metadata.causation_id),
        std::pair(" trace:", metadata.traceparent), std::pair(" tenant:", metadata.tenant),
        std::pair(" extra:", metadata.extra)}) {
    if (!field.empty()) text.append(sign).append(field);
  }
  if (event.tombstone) text += " tombstone";
  text.append(" '").append(event.data).append("'\n");
}

}  // namespace tidemark::store
