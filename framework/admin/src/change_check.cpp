#include "change_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "journal.hpp"
#include "store_check.hpp"
#include "tidemark/admin/feeds.hpp"
#include "tidemark/admin/parked_reports.hpp"
#include "tidemark/base/bytes.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection/rebuild.hpp"
#include "tidemark/saga/verb_check.hpp"

namespace tidemark::admin {
namespace {

using projection::RebuildVerb;

struct NamedVerb {
  std::string_view name;
  RebuildVerb verb;
};
constexpr std::array rebuild_verbs{
    NamedVerb{"rebuild", RebuildVerb::start}, NamedVerb{"cancel", RebuildVerb::cancel},
    NamedVerb{"retry", RebuildVerb::retry}, NamedVerb{"rollback", RebuildVerb::rollback},
    NamedVerb{"retire", RebuildVerb::retire}};

std::optional<Problem> flaw_of_rebuild(const Site& site, const std::string& projection,
                                       RebuildVerb verb) {
  try {
    const projection::Models models(site.models(), sql::OpenMode::read_only);
    const auto checked = check_rebuild(models, projection, verb);
    if (!checked) return checked.error();
    return std::nullopt;
  } catch (const Failure& failure) {
    if (failure.code() != "projection.missing") throw;
    return no_read_model(projection);
  }
}

std::optional<Problem> flaw_of_feeding(const Site& site, const std::string& projection) {
  const auto builds = generations_of(site);
  const bool any = std::ranges::any_of(builds, [&](const auto& build) {
    return build.projection == projection && site.open(build.file);
  });
  if (any) return std::nullopt;
  return no_read_model(projection);
}

std::optional<Problem> flaw_of_saga_verb(const Site& site, const InstanceName& name,
                                         const std::string& verb) {
  const auto journal = read_journal(site, name);
  if (!journal) return journal.error();
  const auto kind = parse_saga_verb(verb);
  if (!kind) return std::nullopt;
  return saga::flaw_of_verb(name.instance, journal->status, *kind);
}

std::optional<Problem> flaw_of_entry(const Site& site, const std::string& text, bool drop) {
  const auto name = ParkedName::parse(text);
  const auto feed = name ? find_feed(site, name->feed) : std::nullopt;
  auto file = feed ? site.open(feed->file) : nullptr;
  if (!file) return unknown_entry(text);
  const feed::ParkingDesk desk(*file);
  if (!desk.show(name->id)) return unknown_entry(text);
  if (drop && !desk.is_first(name->id)) return entry_not_first(text);
  return std::nullopt;
}

std::optional<Problem> flaw_of_delayed(const Site& site, const std::string& id, bool cancel) {
  using State = command::DelayedCommand::State;
  const auto known = find_delayed(site, id);
  if (!known) return known.error();
  if (cancel ? known->state != State::done : known->state == State::failed) return std::nullopt;
  return Problem{.code = cancel ? "command.has_run" : "command.not_failed",
                 .field = id,
                 .message = fmt::format("the command is {}", to_string(known->state)),
                 .hint = "`delayed show` tells what became of it"};
}

std::optional<Problem> flaw_of_parked_key(const Site& site, const Change& change) {
  const auto parked = find_parked_key(site, change.argument("group"), change.argument("key"));
  if (!parked) return parked.error();
  const auto position = change.argument("position");
  if (position.empty() || position == fmt::to_string(parked->failed.value())) return std::nullopt;
  return key_waits_for(change.argument("key"), parked->failed);
}

std::optional<Problem> flaw_of_rewind(const Change& change) {
  const auto position = change.argument("position");
  if (whole_number_in(position)) return std::nullopt;
  return no_position(position);
}

}  // namespace

Result<feed::GroupView, Problem> find_group(const Site& site, const std::string& group) {
  if (auto view = feed::ConsumerGroupDesk(site.store()).show(group)) return *std::move(view);
  return Unexpected(unknown_group(group));
}

Problem unknown_group(const std::string& group) {
  return {.code = "group.unknown",
          .field = group,
          .message = "there is no such consumer group",
          .hint = "`group list` shows them"};
}

std::string shown_key(const std::string& key) {
  constexpr std::string_view mark = "hex:";
  const bool is_typable = is_utf8(key) && !key.starts_with(mark) &&
                          key.find_first_not_of(" \t\r\n") != std::string::npos;
  return is_typable ? key : std::string(mark) + to_hex(key);
}

Result<feed::GroupView::Parked, Problem> find_parked_key(const Site& site, const std::string& group,
                                                         const std::string& key) {
  const auto view = find_group(site, group);
  if (!view) return Unexpected(view.error());
  const auto found = std::ranges::find_if(
      view->parked, [&](const auto& parked) { return shown_key(parked.key) == key; });
  if (found != view->parked.end()) return *found;
  return Unexpected(Problem{.code = "group.not_parked",
                            .field = key,
                            .message = "the group has not parked this key",
                            .hint = "`group show` lists what it has parked"});
}

Problem key_waits_for(const std::string& key, Position failed) {
  return {.code = "group.other_event",
          .field = key,
          .message = fmt::format("the key waits for the event at position {}", failed.value()),
          .hint = "name that one; `event show` tells what it is"};
}

Problem no_position(const std::string& text) {
  return {.code = "group.bad_position",
          .field = text,
          .message = "is no position",
          .hint = "a whole number; 0: before the first event"};
}

Result<command::DelayedCommand, Problem> find_delayed(const Site& site, const std::string& id) {
  const auto uuid = Uuid::parse(id);
  auto known = uuid ? command::find_delayed(site.store(), CommandId(*uuid)) : std::nullopt;
  if (known) return *std::move(known);
  return Unexpected(Problem{.code = "command.not_scheduled",
                            .field = id,
                            .message = "no command of this id was scheduled",
                            .hint = "`delayed list` shows them"});
}

Problem unknown_entry(const std::string& name) {
  return {.code = "parked.unknown",
          .field = name,
          .message = "nothing is set aside under this name",
          .hint = "it was handled or dropped; see `parked list`"};
}

Problem entry_not_first(const std::string& name) {
  return {.code = "parked.not_first",
          .field = name,
          .message = "it queues behind an earlier entry of its key",
          .hint = "drop or retry that one first; `parked list` shows the order"};
}

Problem no_read_model(const std::string& projection) {
  return {.code = "projection.unknown",
          .field = projection,
          .message = "there is no such read model",
          .hint = "`projection list` shows them"};
}

std::optional<saga::Verb::Kind> parse_saga_verb(const std::string& verb) {
  if (verb == "retry") return saga::Verb::Kind::retry;
  if (verb == "resume") return saga::Verb::Kind::resume;
  if (verb == "pause") return saga::Verb::Kind::pause;
  if (verb == "cancel") return saga::Verb::Kind::cancel;
  return std::nullopt;
}

std::optional<Problem> flaw_of_change(const Site& site, const Change& change) {
  const auto verb = change.verb.substr(change.verb.find(' ') + 1);
  const auto argument = [&](const char* name) { return change.argument(name); };
  if (change.verb.starts_with("store ")) return flaw_of_store_change(site, change);
  if (change.verb.starts_with("saga ")) {
    return flaw_of_saga_verb(site, {.saga = argument("saga"), .instance = argument("instance")},
                             verb);
  }
  if (change.verb.starts_with("parked ")) {
    return flaw_of_entry(site, argument("entry"), verb == "drop");
  }
  if (change.verb.starts_with("delayed ")) {
    return flaw_of_delayed(site, argument("command"), verb == "cancel");
  }
  if (change.verb == "group rewind") return flaw_of_rewind(change);
  if (change.verb.starts_with("group ")) return flaw_of_parked_key(site, change);
  if (!change.verb.starts_with("projection ")) return std::nullopt;
  const auto rebuild = std::ranges::find(rebuild_verbs, verb, &NamedVerb::name);
  return rebuild == rebuild_verbs.end()
             ? flaw_of_feeding(site, argument("projection"))
             : flaw_of_rebuild(site, argument("projection"), rebuild->verb);
}

}  // namespace tidemark::admin
