#pragma once

#include <string>

#include "support/postgres_server.hpp"
#include "tidemark/postgres/connection.hpp"

namespace tidemark::postgres {

/// How the cases of this program connect.
inline ConnectOptions here() {
  return {.conninfo = test::PostgresServer::running().connection(), .area = "test"};
}

/// A connection whose tables are its own and go with it.
inline Connection connect() { return Connection::open(here()); }

}  // namespace tidemark::postgres
