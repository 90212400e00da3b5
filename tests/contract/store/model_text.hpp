#pragma once

#include <string>
#include <vector>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// Answers of a store as text, everything that matters of them in it, so that two can be compared
/// and a person can read the difference.
std::string text_of(const Result<Appended, AppendError>& result);
std::string text_of(const std::optional<Appended>& appended);
std::string text_of(const Result<LifeCycleChanged, LifeCycleError>& result);
std::string text_of(const StreamState& state);
std::string text_of(const std::optional<Retention>& retention);
std::string text_of(const std::vector<StreamInfo>& streams);
std::string text_of(const std::vector<Skipped>& skipped);
std::string text_of(const std::vector<Consumer>& consumers);
std::string text_of(const ReadEnd& end);
/// Appends a line with everything about an event.
void add_text(std::string& text, const EventView& event);

/// Names that are numbers in tests: "e17", "a4".
std::string name_of(const EventId& id);
std::string name_of(const AppendId& id);
/// Times as distance from the moment at which the clocks of tests begin.
std::string text_of(UtcTime time);
/// Bytes that cannot be printed as dots.
std::string printable(std::string_view bytes);

}  // namespace tidemark::store
