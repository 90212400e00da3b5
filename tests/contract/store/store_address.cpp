#include "contract/store/store_address.hpp"

#include <stdexcept>
#include <string>

#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

std::unique_ptr<StoreEngine> open_at(std::string_view address, const Clock& clock, Random& random) {
  constexpr std::string_view sqlite = "sqlite:";
  if (address.starts_with(sqlite)) {
    return SqliteStore::open({.file = std::string(address.substr(sqlite.size()))}, clock, random);
  }
  throw std::invalid_argument("no engine opens " + std::string(address));
}

}  // namespace tidemark::store
