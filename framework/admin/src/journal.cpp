#include "journal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark::admin {
namespace {

constexpr std::uint64_t page = 1000;

template <typename Record>
bool parse(const EventView& event, Record& record) {
  return event.type == Record::descriptor()->full_name() &&
         record.ParseFromArray(event.data.data(), static_cast<int>(event.data.size()));
}

std::string_view outcome_text(saga::v1::CommandSettled::Kind kind) {
  switch (kind) {
    case saga::v1::CommandSettled::KIND_ACCEPTED:
      return "accepted";
    case saga::v1::CommandSettled::KIND_NOTHING:
      return "accepted, nothing to do";
    default:
      return "rejected";
  }
}

std::string input_text(const saga::v1::InputRef& input) {
  switch (input.kind()) {
    case saga::v1::InputRef::KIND_REJECTED:
      return "rejected " + input.type();
    case saga::v1::InputRef::KIND_ACCEPTED:
      return "accepted " + input.type();
    default:
      return input.type();
  }
}

void describe(const saga::v1::Transitioned& record, JournalLine& line) {
  line.what = record.row().empty() ? "ignored" : "transition";
  line.input = input_text(record.input());
  line.from = record.from();
  line.to = record.to();
  for (const auto& command : record.commands()) {
    line.detail += fmt::format("{}{} {}", line.detail.empty() ? "" : ", ",
                               command.undoes() > 0 ? "takes back with" : "sends", command.type());
  }
  for (const auto& timer : record.armed()) {
    line.detail += fmt::format("{}arms {}", line.detail.empty() ? "" : ", ", timer.input());
  }
}

void describe(const saga::v1::CommandSettled& record, JournalLine& line) {
  line.what = outcome_text(record.kind());
  line.input = record.type();
  line.detail = record.stream();
  if (!record.code().empty()) line.detail = fmt::format("{}: {}", record.code(), record.detail());
}

void describe(const saga::v1::Deferred& record, JournalLine& line) {
  line.what = "deferred";
  line.input = input_text(record.input());
}

void describe(const saga::v1::Suspended& record, JournalLine& line) {
  line.what = "suspended";
  if (record.has_input()) line.input = input_text(record.input());
  line.detail = fmt::format("{}: {}", record.code(), record.message());
}

template <typename Record>
void describe_verb(const char* what, const Record& record, JournalLine& line) {
  line.what = what;
  line.detail = fmt::format("by {}: {}", record.by(), record.reason());
}
void describe(const saga::v1::Resumed& record, JournalLine& line) {
  describe_verb(record.skip_input() ? "resumed past the input" : "resumed", record, line);
}
void describe(const saga::v1::Paused& record, JournalLine& line) {
  describe_verb("paused", record, line);
}
void describe(const saga::v1::Cancelled& record, JournalLine& line) {
  describe_verb("cancelled", record, line);
}

template <typename Record>
bool describe_as(const EventView& event, JournalLine& line) {
  Record record;
  if (!parse(event, record)) return false;
  describe(record, line);
  return true;
}

saga::Status status_of(const saga::Instance& instance, const Manifest::Saga& saga) {
  const auto state = std::ranges::find(saga.states, instance.state, &saga::StateInfo::name);
  const bool over = instance.status == saga::Status::running && instance.pending.empty() &&
                    instance.commands.empty() && state != saga.states.end() && state->final;
  return over ? saga::Status::finished : instance.status;
}

}  // namespace

std::optional<JournalLine> journal_line(const EventView& event) {
  using namespace saga::v1;  // NOLINT: the records of journals
  JournalLine line{.event = RecordedEvent(event)};
  const bool known = describe_as<Transitioned>(event, line) ||
                     describe_as<CommandSettled>(event, line) ||
                     describe_as<Deferred>(event, line) || describe_as<Suspended>(event, line) ||
                     describe_as<Resumed>(event, line) || describe_as<Paused>(event, line) ||
                     describe_as<Cancelled>(event, line);
  if (!known) return std::nullopt;
  return line;
}

Result<Manifest::Saga, Problem> find_saga(const Site& site, const std::string& name) {
  const auto& sagas = site.manifest().sagas;
  const auto found = std::ranges::find(sagas, name, &Manifest::Saga::name);
  if (found != sagas.end()) return *found;
  std::string known;
  for (const auto& saga : sagas) known += (known.empty() ? "" : ", ") + saga.name;
  return Unexpected(Problem{.code = "saga.unknown",
                            .field = name,
                            .message = "the application has no such saga",
                            .hint = known.empty() ? "it has none" : "there are: " + known});
}

Result<Journal, Problem> read_journal(const Site& site, const InstanceName& name) {
  const auto saga = find_saga(site, name.saga);
  if (!saga) return Unexpected(saga.error());
  const auto stream =
      StreamId::parse(fmt::format("{}{}-{}", saga::journal_prefix, name.saga, name.instance));
  Journal journal;
  std::optional<std::uint64_t> unreadable;
  for (bool more = stream.has_value(); more;) {
    const auto end = site.store().read_stream(
        {.stream = *stream, .from = journal.instance.version.next(), .limit = page},
        [&](const EventView& event) {
          auto line = journal_line(event);
          if (!line || !journal.instance.apply(event)) {
            unreadable = event.metadata.version.value();
            return false;
          }
          journal.lines.push_back(*std::move(line));
          return true;
        });
    more = end.returned == page && !unreadable;
  }
  if (unreadable) {
    return Unexpected(
        Problem{.code = "saga.unreadable_journal",
                .field = name.instance,
                .message = fmt::format("record {} is none that this version knows", *unreadable),
                .hint = "use the tool of the version that the application runs"});
  }
  if (journal.lines.empty()) {
    return Unexpected(Problem{.code = "saga.no_such_instance",
                              .field = name.instance,
                              .message = "the saga has no instance of this name",
                              .hint = fmt::format("`saga list {}` shows them", name.saga)});
  }
  journal.status = status_of(journal.instance, *saga);
  return journal;
}

}  // namespace tidemark::admin
