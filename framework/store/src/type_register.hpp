#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log_writer.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::store {

/// The version of `type` whose layout has this fingerprint, if it is registered.
std::optional<std::uint32_t> find_schema(sqlite::Database& database, const std::string& type,
                                         const std::string& fingerprint);

/// The same inside a write transaction, registered as the next version when it is new.
std::uint32_t add_schema(LogWriter& writer, const std::string& type,
                         const std::string& fingerprint);

}  // namespace tidemark::store
