#include "seen_log.hpp"

#include <fmt/format.h>

#include "columns.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark::store_postgres {
namespace {

[[noreturn]] void fail_diverged(Position position) {
  throw Failure({.code = "store.diverged",
                 .message = fmt::format("event {} is not in the log any more as this process saw "
                                        "it: the server came back with another history",
                                        position.value()),
                 .hint = "start the application again: what it has read is compared with the log"});
}

[[noreturn]] void fail_behind(Position position) {
  throw Failure({.code = "store.connection",
                 .message = fmt::format("the standby does not have event {} yet, which this "
                                        "process has seen",
                                        position.value()),
                 .hint = "it is connected anew; see that the standby follows",
                 .retryable = true});
}

}  // namespace

bool SeenLog::raise(const Checkpoint& end) {
  {
    const std::lock_guard lock(mutex_);
    if (end.position > end_.position) end_ = end;
  }
  return visibility_.raise(end.position);
}

postgres::Connection SeenLog::connect(const postgres::ConnectOptions& options) const {
  auto connection = postgres::Connection::open(options);
  check(connection);
  return connection;
}

void SeenLog::check(postgres::Connection& connection) const {
  Checkpoint seen;
  {
    const std::lock_guard lock(mutex_);
    seen = end_;
  }
  if (seen.position == Position()) return;
  const auto rows =
      connection.query("SELECT (SELECT chain FROM events WHERE position = $1), pg_is_in_recovery()",
                       postgres::parameters(seen.position.value()));
  if (rows.is_null(0, 0) && rows.boolean(0, 1)) fail_behind(seen.position);
  if (rows.is_null(0, 0) || read_hash(rows, 0, 0) != seen.chain) fail_diverged(seen.position);
}

}  // namespace tidemark::store_postgres
