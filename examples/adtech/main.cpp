#include <tidemark/app/run.hpp>
#include <tidemark/postgres/schemas.hpp>
#include <tidemark/store_postgres/postgres_engine.hpp>

#include "examples/adtech/wiring.hpp"

// [main]
int main(int argc, char** argv) {
  const auto wiring = adtech::wiring().read_models_on(&tidemark::postgres::open_schemas);
  return tidemark::run(wiring, argc, argv, {tidemark::store_postgres::postgres_engine()});
}
// [/main]
