#pragma once

#include <string>
#include <string_view>

#include "tidemark/postgres/rows.hpp"
#include "tidemark/sql/value.hpp"

namespace tidemark::postgres {

/// A statement of the seam as PostgreSQL writes it: `$1` for `?1`, outside of texts, names and
/// comments.
struct Translation {
  std::string sql;
  std::size_t parameters = 0;  ///< the number of the last one
};
Translation translate(std::string_view sql);

/// A value as the seam has it: whole numbers and truth as integers, numerics as integers where they
/// are whole and as reals where not. `scratch` is where a text lives that is not the server's own.
/// Throws `Failure` "….error" for a type that has no counterpart.
sql::ValueView value_of(const Rows& rows, int row, int column, std::string& scratch,
                        const std::string& area);

}  // namespace tidemark::postgres
