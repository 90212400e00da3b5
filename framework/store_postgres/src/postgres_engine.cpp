#include "tidemark/store_postgres/postgres_engine.hpp"

#include <algorithm>
#include <utility>

#include "postgres_address.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/store_postgres/postgres_store.hpp"

namespace tidemark::store_postgres {
namespace {

class PostgresEngine final : public store::AddressedEngine {
 public:
  [[nodiscard]] bool takes(std::string_view scheme) const override {
    return scheme == "postgresql" || scheme == "postgres";
  }
  [[nodiscard]] std::string shown(std::string_view address) const override {
    return shown_address(address);
  }
  [[nodiscard]] std::unique_ptr<store::StoreEngine> open(const std::string& address,
                                                         const store::OpenOptions& options,
                                                         const Clock& clock,
                                                         Random& random) const override;
};

std::unique_ptr<store::StoreEngine> PostgresEngine::open(const std::string& address,
                                                         const store::OpenOptions& options,
                                                         const Clock& clock, Random& random) const {
  if (options.durability != store::Durability::full) {
    throw Failure({.code = "store.no_such_mode",
                   .message = "a store in PostgreSQL has no durability but full",
                   .hint = "leave store.durability at full"});
  }
  auto parsed = parse_address(address);
  const PostgresStoreOptions defaults;
  return PostgresStore::open(
      {.conninfo = std::move(parsed.conninfo),
       .schema = std::move(parsed.schema),
       .busy_timeout = options.busy_timeout,
       .events_max = options.events_max,
       .data_size_max = options.data_size_max,
       .gather_max = std::max(options.gather_max, defaults.gather_max),
       .readers_max = options.readers_max > 0 ? options.readers_max : defaults.readers_max,
       .checkpoint_every = options.checkpoint_every,
       .signing_key_file = options.signing_key_file,
       .verifier_keys = options.verifier_keys,
       .read_only = options.read_only,
       .must_exist = options.must_exist,
       .identity = options.identity},
      clock, random);
}

}  // namespace

const store::AddressedEngine& postgres_engine() {
  static const PostgresEngine engine;
  return engine;
}

}  // namespace tidemark::store_postgres
