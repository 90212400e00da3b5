#include "contract/store/store_address.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "tidemark/store/sqlite_store.hpp"
#include "tidemark/store_postgres/postgres_store.hpp"

namespace tidemark::store {

std::unique_ptr<StoreEngine> open_at(std::string_view address, const Clock& clock, Random& random) {
  constexpr std::string_view sqlite = "sqlite:";
  if (address.starts_with(sqlite)) {
    return SqliteStore::open({.file = std::string(address.substr(sqlite.size()))}, clock, random);
  }
  constexpr std::string_view postgres = "postgres:";
  if (address.starts_with(postgres)) {
    const auto rest = address.substr(postgres.size());
    const auto end = std::min(rest.find(':'), rest.size() - 1);
    return store_postgres::PostgresStore::open(
        {.conninfo = std::string(rest.substr(end + 1)), .schema = std::string(rest.substr(0, end))},
        clock, random);
  }
  throw std::invalid_argument("no engine opens " + std::string(address));
}

}  // namespace tidemark::store
