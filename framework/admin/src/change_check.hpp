#pragma once

#include <optional>

#include "change.hpp"
#include "tidemark/command/delayed_journal.hpp"
#include "tidemark/feed/consumer_group.hpp"
#include "tidemark/saga/coordinator.hpp"

namespace tidemark::admin {

/// Why the application would refuse the change as things are now; none when it would do it. Asks
/// what the verbs themselves ask, and changes nothing.
std::optional<Problem> flaw_of_change(const Site& site, const Change& change);

/// What the application says when there is nothing of this name set aside, and of an entry that
/// queues behind another one.
Problem unknown_entry(const std::string& name);
Problem entry_not_first(const std::string& name);
/// What it says when a projection has no file to pause or resume.
Problem no_read_model(const std::string& projection);

/// The delayed command of that id; else the problem says that it was never scheduled.
Result<command::DelayedCommand, Problem> find_delayed(const Site& site, const std::string& id);

/// A key of a group as people see and name it: itself, or "hex:" and its bytes when it is no text
/// that can be typed.
std::string shown_key(const std::string& key);

/// A consumer group by its name, and a key that it has parked, as shown. Problems: "group.unknown",
/// "group.not_parked".
Result<feed::GroupView, Problem> find_group(const Site& site, const std::string& group);
Result<feed::GroupView::Parked, Problem> find_parked_key(const Site& site, const std::string& group,
                                                         const std::string& key);
/// What the application says when another event was to be dropped than the one that `key` waits
/// for.
Problem key_waits_for(const std::string& key, Position failed);

Problem unknown_group(const std::string& group);
Problem no_position(const std::string& text);

/// The saga's verb of that name.
std::optional<saga::Verb::Kind> parse_saga_verb(const std::string& verb);

}  // namespace tidemark::admin
