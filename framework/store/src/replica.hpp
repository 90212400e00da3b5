#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "log_reader.hpp"
#include "log_writer.hpp"
#include "tidemark/store/replica.hpp"

namespace tidemark::store {

/// The reading end of a copy, see `Replica`.
std::uint64_t stored_events(LogReader& reader, Position from, Position end, std::uint64_t limit,
                            const std::function<bool(const StoredEvent&)>& visit);
std::vector<Record> find_records(sqlite::Database& database, Record::Kind kind,
                                 const std::string& after, std::uint64_t limit);

/// The writing end, inside a write transaction.
void put_stored_events(LogWriter& writer, std::span<const StoredEvent> events);
void put_record(LogWriter& writer, const Record& record);

}  // namespace tidemark::store
