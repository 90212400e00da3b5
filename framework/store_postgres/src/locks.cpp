#include "locks.hpp"

#include <fmt/format.h>

namespace tidemark::store_postgres {
namespace {

// Two numbers of ours each: what it is for, counted from "TIDE", and one that is the schema's own.
constexpr std::string_view of_log = "(1414087749, 'head'::regclass::oid::integer)";
constexpr std::string_view of_storing = "(1414087750, 'head'::regclass::oid::integer)";
constexpr std::string_view of_lives = "(1414087751, 'head'::regclass::oid::integer)";

}  // namespace

std::string life_lock_sql() { return fmt::format("SELECT pg_advisory_xact_lock{}", of_lives); }

std::string lock_sql() { return fmt::format("SELECT pg_advisory_xact_lock{}", of_log); }

std::string store_lock_sql() {
  return fmt::format("{}, pg_advisory_xact_lock{}", lock_sql(), of_storing);
}

std::string may_store_sql() {
  // A table's lock would do as well, and wait for hours while the server vacuums it.
  return fmt::format("pg_advisory_xact_lock_shared{} IS NOT NULL", of_storing);
}

}  // namespace tidemark::store_postgres
