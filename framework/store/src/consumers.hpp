#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemark/sqlite/database.hpp"
#include "tidemark/store/life_cycle.hpp"

namespace tidemark::store {

/// Registers a consumer or moves it, inside a write transaction.
void put_consumer(sqlite::Database& database, const Consumer& consumer);
bool remove_consumer(sqlite::Database& database, const std::string& name);
std::vector<Consumer> find_consumers(sqlite::Database& database);
/// The one that is furthest behind.
std::optional<Consumer> slowest_consumer(sqlite::Database& database);

}  // namespace tidemark::store
