#pragma once

#include <string>

#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// Names of the properties that the workload sets, and that it changes if they are as expected.
inline constexpr const char* power_property = "manifest";
inline constexpr const char* power_agreement = "agreement";

/// What a store tells of itself as a writer finds it, in lines: every stream with its state, its
/// retention and its events, what is skipped, issued checkpoints, consumers, both properties.
std::string told_state(StoreEngine& store);

/// The first line in which two such states differ, for messages.
std::string difference(const std::string& told, const std::string& found);

}  // namespace tidemark::store
