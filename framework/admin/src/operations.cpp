#include "tidemark/admin/operations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "change_check.hpp"
#include "journal.hpp"
#include "outcomes.hpp"
#include "store_check.hpp"
#include "store_operations.hpp"
#include "tidemark/admin/feeds.hpp"
#include "tidemark/admin/parked_reports.hpp"
#include "tidemark/command/delayed_journal.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/projection/rebuild.hpp"

namespace tidemark::admin {
namespace {

OperationOutcome outcome_of(const Result<projection::Generation, Problem>& result,
                            const char* what) {
  if (!result) return refused(result.error());
  return done(fmt::format("{} {}: generation {}", result->projection, what, result->number));
}

/// Whether the journal has a verb with this reason: then it was applied before.
bool has_verb(const Site& site, const InstanceName& name, const std::string& reason) {
  constexpr std::uint64_t looked_at = 100;
  const auto stream =
      StreamId::parse(fmt::format("{}{}-{}", saga::journal_prefix, name.saga, name.instance));
  bool found = false;
  if (!stream) return false;
  site.store().read_stream(
      {.stream = *stream, .direction = store::Direction::backward, .limit = looked_at},
      [&](const EventView& event) {
        const auto line = journal_line(event);
        found = line && line->detail.ends_with(reason);
        return !found;
      });
  return found;
}

Problem long_reason() {
  return {.code = "group.bad_reason",
          .field = {},
          .message = "the reason is too long",
          .hint = fmt::format("at most {} bytes, with who gave it",
                              feed::ConsumerGroupDesk::reason_size_max)};
}

Problem key_went_on(const std::string& key) {
  return {.code = "group.went_on",
          .field = key,
          .message = "the event was handled meanwhile",
          .hint = "`group show` tells what waits now"};
}

OperationOutcome unknown_verb(const std::string& verb) {
  return {.ok = false,
          .code = "operation.unknown_verb",
          .message = fmt::format("'{}' is no verb of this application", verb),
          .hint = "the tool may be newer than the application"};
}

}  // namespace

Operations::Operations(const Site& site, const Clock& clock, std::vector<saga::Coordinator*> sagas)
    : site_(site),
      clock_(clock),
      sagas_(std::move(sagas)),
      store_(std::make_unique<StoreOperations>(site.store())) {}

Operations::~Operations() = default;

std::optional<OperationOutcome> Operations::execute(const Operation& operation) {
  const auto space = operation.verb.find(' ');
  const auto group = operation.verb.substr(0, space);
  const auto verb = space == std::string::npos ? std::string() : operation.verb.substr(space + 1);
  const bool stops = verb == "pause";
  if (group == "projection" && (stops || verb == "resume")) return feed(operation, stops);
  if (group == "projection") return build(operation, verb);
  if (group == "saga") return saga(operation, verb);
  if (group == "parked" && (verb == "retry" || verb == "drop")) {
    return parked(operation, verb == "drop");
  }
  if (group == "store" && StoreOperations::has(verb)) return store_->execute(operation, verb);
  if (group == "group" && (verb == "retry" || verb == "drop")) {
    return parked_key(operation, verb == "drop");
  }
  if (group == "group" && verb == "rewind") return rewind(operation);
  if (group == "delayed" && (verb == "cancel" || verb == "retry")) {
    return delayed(operation, verb == "cancel");
  }
  return unknown_verb(operation.verb);
}

OperationOutcome Operations::build(const Operation& operation, const std::string& verb) const {
  const auto name = operation.argument("projection");
  const auto reason = operation.signed_reason();
  const auto folder = site_.models();
  const auto builds = projection::Models(folder).list(name);
  if (std::ranges::find(builds, reason, &projection::Generation::reason) != builds.end()) {
    return done(name + ": it is as asked already");
  }
  projection::Rebuild rebuild(folder, clock_);
  if (verb == "rebuild") {
    const bool accepts_cut = operation.argument("accept_cut") == "yes";
    return outcome_of(rebuild.start(name, reason, accepts_cut), "is being built anew");
  }
  if (verb == "rollback") return outcome_of(rebuild.rollback(name, reason), "is rolled back");
  if (verb == "cancel") return outcome_of(rebuild.cancel(name, reason), "is not built any more");
  if (verb == "retry") return outcome_of(rebuild.retry(name), "is tried again");
  if (verb == "retire") return outcome_of(rebuild.retire(name, reason), "has lost its old build");
  return unknown_verb(operation.verb);
}

OperationOutcome Operations::feed(const Operation& operation, bool pause) const {
  const auto name = operation.argument("projection");
  std::size_t feeds = 0;
  for (const auto& generation : generations_of(site_)) {
    if (generation.projection != name || !site_.open(generation.file)) continue;
    const auto file = site_.open_for_writing(generation.file);
    feed::FeedDesk desk(*file);
    if (pause) {
      desk.pause(operation.signed_reason());
    } else {
      desk.resume(operation.signed_reason());
    }
    ++feeds;
  }
  if (feeds > 0) return done(fmt::format("{} {}", name, pause ? "is paused" : "goes on"));
  return refused(no_read_model(name));
}

OperationOutcome Operations::saga(const Operation& operation, const std::string& verb) const {
  const auto kind = parse_saga_verb(verb);
  if (!kind) return unknown_verb(operation.verb);
  const InstanceName name{.saga = operation.argument("saga"),
                          .instance = operation.argument("instance")};
  const auto found = std::ranges::find_if(
      sagas_, [&](const auto* each) { return each->model().spec().name == name.saga; });
  if (found == sagas_.end()) {
    return refused({.code = "saga.unknown",
                    .field = name.saga,
                    .message = "the application has no such saga",
                    .hint = "`describe` shows those it has"});
  }
  const auto reason = operation.signed_reason();
  if (has_verb(site_, name, reason)) return done(name.instance + ": it is as asked already");
  const auto applied =
      (*found)->apply(name.instance, {.kind = *kind, .by = operation.by, .reason = reason});
  if (!applied) return refused(applied.error());
  return done(fmt::format("record {} of the journal of {}", applied->value(), name.instance));
}

OperationOutcome Operations::parked(const Operation& operation, bool drop) const {
  const auto text = operation.argument("entry");
  const auto name = ParkedName::parse(text);
  const auto feed = name ? find_feed(site_, name->feed) : std::nullopt;
  if (!feed || !site_.open(feed->file)) {
    return refused({.code = "feed.unknown",
                    .field = text,
                    .message = "the application has no such feed",
                    .hint = "`parked list` shows what is set aside"});
  }
  const auto file = site_.open_for_writing(feed->file);
  feed::ParkingDesk desk(*file);
  const auto reason = operation.signed_reason();
  if (drop ? desk.drop(name->id, reason) : desk.retry(name->id, reason)) {
    return done(fmt::format("{} {}", text, drop ? "is dropped" : "is tried again"));
  }
  const auto dropped = desk.dropped(1, name->id - 1);
  if (drop && !dropped.empty() && dropped[0].entry.id == name->id && dropped[0].why == reason) {
    return done(text + " is dropped already");
  }
  return refused(desk.show(name->id) ? entry_not_first(text) : unknown_entry(text));
}

OperationOutcome Operations::parked_key(const Operation& operation, bool drop) const {
  const auto group = operation.argument("group");
  const auto key = operation.argument("key");
  const auto reason = operation.signed_reason();
  feed::ConsumerGroupDesk desk(site_.store());
  const auto view = desk.show(group);
  const auto was_asked = [&](const feed::GroupView::Dropped& dropped) {
    return shown_key(dropped.key) == key && dropped.reason == reason;
  };
  if (drop && view && std::ranges::any_of(view->dropped, was_asked)) {
    return done(key + ": its event is dropped already");
  }
  const auto parked = find_parked_key(site_, group, key);
  if (!parked) return refused(parked.error());
  if (!drop) {
    desk.retry(group, parked->key);
    return done(key + " is tried again");
  }
  if (operation.argument("position") != fmt::to_string(parked->failed.value())) {
    return refused(key_waits_for(key, parked->failed));
  }
  if (reason.size() > feed::ConsumerGroupDesk::reason_size_max) return refused(long_reason());
  if (!desk.drop(group, parked->key, parked->failed, reason)) return refused(key_went_on(key));
  return done(fmt::format("{}: position {} is dropped", key, parked->failed.value()));
}

OperationOutcome Operations::rewind(const Operation& operation) const {
  const auto name = operation.argument("group");
  const auto position = whole_number_in(operation.argument("position"));
  if (!position) return refused(no_position(operation.argument("position")));
  if (!feed::ConsumerGroupDesk(site_.store()).rewind(name, Position(*position))) {
    return refused(unknown_group(name));
  }
  return done(
      fmt::format("{} goes on behind position {}, or where it was before that", name, *position));
}

OperationOutcome Operations::delayed(const Operation& operation, bool cancel) const {
  const auto known = find_delayed(site_, operation.argument("command"));
  if (!known) return refused(known.error());
  const command::DelayedJournal::Verb verb{.by = operation.by, .reason = operation.signed_reason()};
  if (!cancel && known->retry_reason == verb.reason) {
    return done(to_string(known->id) + ": it is as asked already");
  }
  command::DelayedJournal journal(site_.store(), clock_);
  const auto changed = cancel ? journal.cancel(known->id, verb) : journal.retry(known->id, verb);
  if (!changed) return refused(changed.error());
  return done(
      fmt::format("{} {}", to_string(known->id), cancel ? "is cancelled" : "is tried again"));
}

}  // namespace tidemark::admin
