#pragma once

#include <memory>
#include <string_view>

#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/store/engine.hpp"

namespace tidemark::store {

/// Opens the store that a place of the contract suites names to other processes, with the options
/// that a store has by itself: "sqlite:FILE" or "postgres:SCHEMA:CONNINFO". Throws
/// `std::invalid_argument` for any other address.
std::unique_ptr<StoreEngine> open_at(std::string_view address, const Clock& clock, Random& random);

}  // namespace tidemark::store
