#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include "store_names.hpp"

#include "connection_pool.hpp"
#include "seen_log.hpp"
#include "tidemark/postgres/listener.hpp"
#include "tidemark/store_postgres/postgres_store.hpp"

namespace tidemark::store_postgres {

/// The upkeep of one open store.
class Upkeep {
 public:
  /// Its references, and `clock`, must outlive it.
  struct Parts {
    ConnectionPool& pool;
    SeenLog& seen;
  };
  Upkeep(const PostgresStoreOptions& options, const Clock& clock, Random& random,
         const Parts& parts);

  /// One bounded piece of work, and whether there was any. Looks for commits of others when they
  /// were notified, and now and then without.
  bool round(UtcTime now);

 private:
  bool notice_commits();
  void say_that_it_listens();
  bool forget_answers(UtcTime now);

  const bool read_only_;
  const Clock& clock_;
  const Parts parts_;
  SeededRandom random_;
  std::mutex mutex_;
  postgres::Listener listener_;  // guarded by mutex_
  Micros look_again_at_{0};      // guarded by mutex_; monotonic
  Micros say_again_at_{0};       // guarded by mutex_; monotonic
};

/// The version of `type` whose layout has this fingerprint, registered as the next one when it is
/// new.
std::uint32_t add_schema(postgres::Connection& connection, const std::string& type,
                         const std::string& fingerprint);

}  // namespace tidemark::store_postgres
