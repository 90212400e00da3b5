#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "change.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::admin {

/// Why there is nothing that a change of the store could be made to: "stream.bad_name",
/// "store.no_such_stream", "store.no_such_event", "store.no_such_consumer", "store.own_stream".
std::optional<Problem> flaw_of_target(const Site& site, const Change& change);

/// Why the store would refuse the change as things are now; none when it would do it.
std::optional<Problem> flaw_of_store_change(const Site& site, const Change& change);

/// Why nothing of a stream is given up: it is the framework's own, and tells who changed what.
std::optional<Problem> flaw_of_own(std::string_view stream);

/// A number written in digits and nothing else.
std::optional<std::uint64_t> whole_number_in(const std::string& text);

/// What `store archive` asks for: `before` is a position, a day or a time; `file_events` may be
/// empty. None when one of them cannot be read.
std::optional<store::ArchiveRequest> archive_request(store::EventStore& store,
                                                     const std::string& before,
                                                     const std::string& file_events, bool force);

/// What a dry run tells of the change besides what was asked for.
Facts facts_of_store_change(const Site& site, const Change& change);

/// What the store said no to, with what to do about it.
Problem problem_of(const store::LifeCycleError& error);

}  // namespace tidemark::admin
