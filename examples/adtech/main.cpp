#include <tidemark/app/run.hpp>
#include <tidemark/store_postgres/postgres_engine.hpp>

#include "examples/adtech/wiring.hpp"

// [main]
int main(int argc, char** argv) {
  return tidemark::run(adtech::wiring(), argc, argv, {tidemark::store_postgres::postgres_engine()});
}
// [/main]
