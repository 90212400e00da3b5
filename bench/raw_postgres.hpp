#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/event_input.hpp"

struct pg_conn;

namespace bench {

/// What the table of a raw log has beyond the unique (stream, version) and event id.
struct RawTable {
  std::string name;
  bool position_key = true;  ///< positions come from a sequence either way
  bool correlation_index = false;
};
/// Makes it, empty.
void make_raw_table(const std::string& connection, const RawTable& table);

/// The yardstick in PostgreSQL: one connection of libpq, a prepared insert of one event with values
/// in binary, each a transaction. The rows are those of the log's `events`.
///
/// One thread at a time.
class RawPostgres {
 public:
  RawPostgres(const std::string& connection, const std::string& table);

  /// `version`: what the event comes to be of its stream. Durable when it returns.
  void append(const Input& input, std::int64_t version);

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Finish> connection_;
};

}  // namespace bench
