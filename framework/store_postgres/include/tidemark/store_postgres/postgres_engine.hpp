#pragma once

#include "tidemark/store/engines.hpp"

namespace tidemark::store_postgres {

/// The engine behind addresses that begin with postgresql:// or postgres://, for programs that
/// open stores by their names.
///
/// An address is a URI as libpq reads it; `schema=NAME` among its parameters names the schema of
/// the store, "tidemark" without it. What it leaves out comes from libpq's usual places: PG…
/// variables, the password file, the service file. Lives as long as the program.
const store::AddressedEngine& postgres_engine();

}  // namespace tidemark::store_postgres
