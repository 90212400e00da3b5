#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tidemark/sqlite/database.hpp"

namespace tidemark::sqlite {

/// What takes a file from format `to_format - 1` to `to_format`.
struct Migration {
  std::uint32_t to_format = 1;
  std::string_view sql;
  /// What SQL cannot say, after it and in the same transaction; may be none.
  void (*then)(Database&) = nullptr;
};

/// A kind of file: a number that marks it (`PRAGMA application_id`), and the steps to its newest
/// format (`PRAGMA user_version`), from 1 without gaps.
struct FileFormat {
  std::string_view name;  ///< for messages: "store"
  std::uint32_t application_id = 0;
  std::span<const Migration> migrations;
};

/// Brings the database to the newest format, all missing steps in one transaction, and returns the
/// format that it had before; 0 for an empty file. Safe when several processes do it at once.
///
/// Throws `Failure` "….foreign" for a database of somebody else, which is left as it is, and
/// "….newer_format" for one that a later version wrote.
std::uint32_t migrate(Database& database, const FileFormat& format);

/// The same checks without writing; also throws "….older_format" when steps are missing.
void check_format(Database& database, const FileFormat& format);

}  // namespace tidemark::sqlite
