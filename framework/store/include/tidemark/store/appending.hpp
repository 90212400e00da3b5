#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidemark/store/append.hpp"

namespace tidemark::store {

/// What every engine does with an append. A part of the formats: it never changes.

/// A new event as it is stored, but for its place. A view.
EventView view_of(const NewEvent& event, const AppendId& append, const StreamId& stream);

/// Whether the events of an append say all there is to say of its outcome, so that none is stored:
/// its id is that of its first event, every stream it names gets events, none may be left out, and
/// there is no answer.
bool is_told_by_events(const Append& append);

/// How many events an append stored.
std::uint64_t event_count(const Appended& outcome);

/// `Appended::versions` as bytes: unsigned LEB128, one number for each stream of the append.
std::string encode_versions(const std::vector<StreamVersion>& versions);
std::vector<StreamVersion> decode_versions(std::string_view bytes);

}  // namespace tidemark::store
