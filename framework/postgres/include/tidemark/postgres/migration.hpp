#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tidemark/postgres/connection.hpp"

namespace tidemark::postgres {

/// What takes tables from format `to_format - 1` to `to_format`. "{schema}" in it stands for the
/// quoted name of the schema.
struct Migration {
  std::uint32_t to_format = 1;
  std::string_view sql;
};

/// A set of tables in a schema of its own, and the steps to its newest format, from 1 without gaps.
/// Which format it has stands in the schema's table `format`.
struct SchemaFormat {
  std::string_view name;  ///< for messages, and kept in the table: "store"
  std::span<const Migration> migrations;
};

/// Makes the schema if need be and brings it to the newest format, in one transaction; returns the
/// format that it had before, 0 for a new one. Safe when several processes do it at once.
///
/// Throws `Failure` "….foreign" for a schema that holds something else, which is left as it is, and
/// "….newer_format" for one that a later version wrote.
std::uint32_t migrate(Connection& connection, const std::string& schema,
                      const SchemaFormat& format);

/// The same checks without writing; also throws "….missing" when there is no such schema, and
/// "….older_format" when steps are missing.
void check_format(Connection& connection, const std::string& schema, const SchemaFormat& format);

/// `name` as an SQL name, in quotes.
std::string quoted_name(std::string_view name);
/// `text` as an SQL text, in quotes, whatever the session's settings.
std::string quoted_text(std::string_view text);

}  // namespace tidemark::postgres
