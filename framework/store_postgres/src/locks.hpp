#pragma once

#include <string>
#include "store_names.hpp"

// Who waits for whom. All of them end with their transaction, and are taken in this order.
namespace tidemark::store_postgres {

/// What is said of streams, and what is taken out of them: one transaction at a time. Appends do
/// not wait for it.
std::string life_lock_sql();

/// What the log holds: one transaction at a time. What follows sees what those before it committed,
/// but for what is stored without this lock meanwhile.
std::string lock_sql();

/// The same, for who will store: those who store without it wait, or it waits for them.
std::string store_lock_sql();

/// What a statement that stores asks before it does, also under the lock.
std::string may_store_sql();

}  // namespace tidemark::store_postgres
