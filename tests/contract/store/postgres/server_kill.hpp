#pragma once

#include "contract/store/kill_run.hpp"
#include "contract/store/postgres/postgres_stores.hpp"

namespace tidemark::store {

/// The server is killed under the writer and started again, and the writer when it appends again.
inline KillPlan server_kills(const PostgresStores& place, std::uint64_t kills, std::uint64_t seed) {
  KillPlan plan{.address = place.address(), .kills = kills, .seed = seed};
  plan.strike = [&place](WriterProcess& writer) {
    auto& server = test::PostgresServer::running();
    server.kill();
    server.start();
    const auto before = place.last_position();
    const SystemClock timer;
    const auto deadline = timer.monotonic() + std::chrono::seconds(10);
    // One that was about to open the store may have given up.
    while (place.last_position() == before && timer.monotonic() < deadline) {
      if (writer.has_ended()) break;
    }
    writer.kill();
    place.await_end_of_sessions();
  };
  return plan;
}

}  // namespace tidemark::store
