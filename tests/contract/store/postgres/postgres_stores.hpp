#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "support/postgres_server.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/store_postgres/postgres_store.hpp"

namespace tidemark::store {

using store_postgres::PostgresStore;
using store_postgres::PostgresStoreOptions;

/// Stores in PostgreSQL: a schema of its own for each place, dropped with it.
struct PostgresStores {
  static constexpr bool survives = true;
  static constexpr std::uint64_t model_programs = 1;  ///< each operation is a round trip or more
  ManualClock clock{UtcTime::from_micros(1'790'000'000'000'000)};
  SeededRandom random{7};
  PostgresStoreOptions options;

  PostgresStores() {
    static std::atomic<int> places{0};
    options.conninfo = test::PostgresServer::running().connection();
    options.schema = "place_" + std::to_string(++places);
  }
  PostgresStores(const PostgresStores&) = delete;
  PostgresStores& operator=(const PostgresStores&) = delete;
  ~PostgresStores() { execute("DROP SCHEMA IF EXISTS " + options.schema + " CASCADE"); }

  [[nodiscard]] postgres::Connection connect() const {
    return postgres::Connection::open(
        {.conninfo = options.conninfo, .settings = {{"search_path", options.schema}}});
  }
  void execute(const std::string& sql) const { connect().execute(sql); }
  std::unique_ptr<PostgresStore> open() { return PostgresStore::open(options, clock, random); }
};

}  // namespace tidemark::store
