#pragma once

#include <string>
#include <vector>
#include "store_names.hpp"

#include "tidemark/postgres/connection.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store_postgres {

/// See `Replica::records`.
std::vector<Record> find_records(postgres::Connection& connection, Record::Kind kind,
                                 const std::string& after, std::uint64_t limit);

/// See `Replica::put_records`: one transaction, harmless to do again. What is ahead of the log
/// stays out: the log is a copy of an earlier moment.
void put_records(postgres::Connection& connection, std::span<const Record> records);

}  // namespace tidemark::store_postgres
