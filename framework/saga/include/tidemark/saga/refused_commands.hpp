#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/command/command_lines.hpp"
#include "tidemark/sql/database.hpp"

namespace tidemark::saga {

/// A command that a reaction sent and the business refused. Nobody waits for its answer, so it is
/// kept for people to find.
struct RefusedCommand {
  std::int64_t id = 0;  ///< ascending in the order of refusal
  std::string command_id;
  std::string type;  ///< Protobuf full name
  std::string stream;
  std::string code;    ///< of the rejection
  std::string detail;  ///< may be empty
};

/// Keeps them in table `refused` of a reaction's file, the newest 10,000; one that is there stays
/// as it is. To be called inside the transaction that moves the reaction's checkpoint.
void write_refused(sql::Database& file, const std::vector<command::CommandLines::Refused>& refused);

/// Those behind `after`, or else the newest, `limit` at most, oldest first.
std::vector<RefusedCommand> refused_in(sql::Database& file, std::optional<std::int64_t> after,
                                       std::uint64_t limit);

/// How many are kept.
std::uint64_t refused_count(sql::Database& file);

}  // namespace tidemark::saga
