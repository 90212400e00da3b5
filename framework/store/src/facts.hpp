#pragma once

#include "log_reader.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// Fills in what the file tells about itself; with counts, by scans.
void read_facts(LogReader& reader, bool with_counts, StoreFacts& facts);

}  // namespace tidemark::store
