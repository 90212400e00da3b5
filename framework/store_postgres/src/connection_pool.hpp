#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>
#include "store_names.hpp"

#include "seen_log.hpp"
#include "tidemark/base/clock.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/base/random.hpp"
#include "tidemark/postgres/connection.hpp"
#include "tidemark/store/read_turns.hpp"

namespace tidemark::store_postgres {

/// Connections for reading and for small changes, opened when needed and kept for the next: of at
/// most `connections_max` threads at a time; a few stay open when nobody reads. Safe from any
/// thread.
class ConnectionPool {
 public:
  struct Options {
    postgres::ConnectOptions connect;
    std::size_t connections_max = 16;
    Micros patience = std::chrono::seconds(5);  ///< for a free one, and for a lost server
  };
  /// `seen` must outlive it.
  ConnectionPool(Options options, const SeenLog& seen);

  /// Calls `work` with a connection, and again with a new one when the connection was lost: what it
  /// does must be harmless to do twice. Waits for a turn; longer than patience throws
  /// `Failure` "store.busy".
  template <typename Work>
  auto with(Work&& work) {
    for (Attempts attempts(*this);;) {
      try {
        const Lease lease(*this);
        return work(lease.connection());
      } catch (const Failure& failure) {
        if (!attempts.again(failure)) throw;
      }
    }
  }

  /// The same for work that must not be done twice: when the connection is lost meanwhile, nobody
  /// knows whether it was done, and `Failure` "store.connection" says so.
  template <typename Work>
  auto once(Work&& work) {
    with([](postgres::Connection& connection) { connection.execute(""); });  // drops lost ones
    const Lease lease(*this);
    return work(lease.connection());
  }

 private:
  static constexpr std::size_t idle_max = 8;
  using Pointer = std::unique_ptr<postgres::Connection>;

  /// One connection, given back when the lease goes.
  class Lease {
   public:
    explicit Lease(ConnectionPool& pool)
        : pool_(pool), turn_(pool.turns_), connection_(pool.take()) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(std::move(connection_)); }
    [[nodiscard]] postgres::Connection& connection() const { return *connection_; }

   private:
    ConnectionPool& pool_;
    store::ReadTurns::Turn turn_;  // ends when the connection was given back
    Pointer connection_;
  };

  /// How often and how long something was tried.
  class Attempts {
   public:
    explicit Attempts(ConnectionPool& pool);
    /// After a failure: whether to try again, after having waited for a moment.
    bool again(const Failure& failure);

   private:
    ConnectionPool& pool_;
    SystemClock timer_;
    Micros deadline_;
    Micros pause_;
  };

  Pointer take();
  void give_back(Pointer connection) noexcept;
  void drop_idle();

  const Options options_;
  const SeenLog& seen_;
  store::ReadTurns turns_;
  std::mutex mutex_;
  std::vector<Pointer> idle_;  // guarded by mutex_
};

}  // namespace tidemark::store_postgres
