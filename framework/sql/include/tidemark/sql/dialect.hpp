#pragma once

#include <string>
#include <string_view>

namespace tidemark::sql {

/// The few words that engines say differently. `Dialect()` is SQLite's.
struct Dialect {
  std::string_view integer = "INTEGER";  ///< 64 bits with sign
  std::string_view real = "REAL";
  std::string_view text = "TEXT";  ///< in the order of its bytes
  std::string_view bytes = "BLOB";
  /// A primary key that numbers rows from 1 in the order of their making, and no number twice.
  std::string_view numbered = "INTEGER PRIMARY KEY AUTOINCREMENT";
  std::string_view strict = " STRICT";                ///< behind a table's definition
  std::string_view keyed = " STRICT, WITHOUT ROWID";  ///< the same, of one that lies by its key
  std::string_view new_id = "randomblob(16)";         ///< 16 bytes that nothing else has
  bool zero_in_text = true;                           ///< text may hold zero bytes
};

/// `definitions` with the dialect's words in place of "{integer}", "{real}", "{text}", "{bytes}",
/// "{numbered}", "{strict}", "{keyed}" and "{new_id}". Another word in braces is a programming
/// error.
std::string in_dialect(std::string_view definitions, const Dialect& dialect);

}  // namespace tidemark::sql
