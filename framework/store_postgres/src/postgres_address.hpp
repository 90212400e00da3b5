#pragma once

#include <string>
#include <string_view>

namespace tidemark::store_postgres {

/// What an address says: libpq's part, and ours.
struct PostgresAddress {
  std::string conninfo;  ///< may hold a password
  std::string schema;
};

/// Throws `Failure` "store.bad_address" for a schema that is not 1 to 63 of a-z, 0-9 and '_'.
PostgresAddress parse_address(std::string_view address);

/// Scheme, user, host and database, and the schema: of everything else nothing is shown, and of an
/// address that is not as it should be rather too little.
std::string shown_address(std::string_view address);

}  // namespace tidemark::store_postgres
