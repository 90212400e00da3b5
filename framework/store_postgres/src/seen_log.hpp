#pragma once

#include <mutex>
#include "store_names.hpp"

#include "tidemark/postgres/connection.hpp"
#include "tidemark/store/visibility.hpp"

namespace tidemark::store_postgres {

/// How far this process has seen the log, and which log it was. A server may come back with less
/// of it, or with another: restored from an older backup, or a standby that had not got everything.
/// Who went on there would pass over whatever is stored at the positions that it has seen already.
/// Safe from any thread.
class SeenLog {
 public:
  /// `visibility`, whose high-water mark this raises, must outlive it.
  explicit SeenLog(Visibility& visibility) : visibility_(visibility) {}

  [[nodiscard]] Position high_water() const { return visibility_.high_water(); }
  /// Whether the end of the log, which must be on disk, moved the high-water mark.
  bool raise(const Checkpoint& end);
  /// Tells those who listen for it.
  void announce() { visibility_.announce(); }

  /// A new connection, to a log that holds all that was seen. Throws `Failure` "store.diverged"
  /// when it does not, "store.connection" when it is a standby's that will, and what connecting
  /// throws.
  [[nodiscard]] postgres::Connection connect(const postgres::ConnectOptions& options) const;

 private:
  void check(postgres::Connection& connection) const;

  Visibility& visibility_;
  mutable std::mutex mutex_;
  Checkpoint end_;  // guarded by mutex_
};

}  // namespace tidemark::store_postgres
