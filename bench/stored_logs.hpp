#pragma once

#include <filesystem>

#include "bench/our_log.hpp"
#include "bench/raw_log.hpp"
#include "bench/store_bench.hpp"

namespace bench {

/// Two files with the same events: a thousand streams take turns, in another order each time.
class StoredLogs {
 public:
  explicit StoredLogs(StoreBench& bench);

  [[nodiscard]] const std::filesystem::path& our_file() const { return our_file_; }
  [[nodiscard]] const std::filesystem::path& raw_file() const { return raw_file_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t events_of_stream() const { return events_ / stream_count; }

 private:
  std::filesystem::path our_file_;
  std::filesystem::path raw_file_;
  std::uint64_t events_;
};

/// Adds `count` events, a thousand an append, eight appends a commit.
void fill(OurLog& log, InputMaker& maker, std::uint64_t count);

/// The bytes of a database and of its WAL.
std::uint64_t bytes_of(const std::filesystem::path& file);

}  // namespace bench
