#include "tidemark/sql/dialect.hpp"

#include <fmt/format.h>

namespace tidemark::sql {

std::string in_dialect(std::string_view definitions, const Dialect& dialect) {
  return fmt::format(fmt::runtime(definitions), fmt::arg("integer", dialect.integer),
                     fmt::arg("real", dialect.real), fmt::arg("text", dialect.text),
                     fmt::arg("bytes", dialect.bytes), fmt::arg("numbered", dialect.numbered),
                     fmt::arg("strict", dialect.strict), fmt::arg("keyed", dialect.keyed),
                     fmt::arg("new_id", dialect.new_id));
}

}  // namespace tidemark::sql
