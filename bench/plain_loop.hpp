#pragma once

#include <cstdint>
#include <filesystem>

#include "bench/measure.hpp"

namespace bench {

/// The yardstick of intake: a loop over the file's lines that puts as many bytes as an event has in
/// a table as the log's, with its keys, committed every 1,000 lines. No JSON, no hash chain, no
/// streams, no order of ids: what the disk and SQLite cost whoever uses them.
Seconds plain_loop(const std::filesystem::path& input, const std::filesystem::path& database_file,
                   bool full_durability);

}  // namespace bench
