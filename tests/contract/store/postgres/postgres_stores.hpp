#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
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
  static constexpr std::uint64_t model_programs = 14;  ///< each operation is a round trip or more
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

  /// What another process opens the store by, see `store_address.hpp`.
  [[nodiscard]] std::string address() const {
    return "postgres:" + options.schema + ":" + options.conninfo;
  }
  /// How many others are connected.
  [[nodiscard]] std::int64_t sessions() const {
    return connect()
        .query(
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'")
        .integer(0, 0);
  }
  [[nodiscard]] std::int64_t last_position() const {
    return connect().query("SELECT coalesce(max(position), 0) FROM events").integer(0, 0);
  }
  /// A client that was killed may have sent what the server is still at.
  void await_end_of_sessions() const {
    const SystemClock timer;
    const auto deadline = timer.monotonic() + std::chrono::seconds(30);
    while (sessions() > 0) {
      if (timer.monotonic() > deadline) throw std::runtime_error("sessions outlive their client");
    }
  }

  [[nodiscard]] postgres::Connection connect() const {
    return postgres::Connection::open(
        {.conninfo = options.conninfo, .settings = {{"search_path", options.schema}}});
  }
  void execute(const std::string& sql) const { connect().execute(sql); }
  std::unique_ptr<PostgresStore> open() { return PostgresStore::open(options, clock, random); }
};

}  // namespace tidemark::store
