#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "contract/store/forwarding_engine.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// A store that archives all it can before each call, a few events to a file: whatever is asked of
/// it has to pass through to cold files.
class ArchivingStore final : public Forwarding<SqliteStore> {
 public:
  using Forwarding::Forwarding;

 protected:
  [[nodiscard]] SqliteStore& inner() override {
    auto& store = Forwarding::inner();
    if (archiving_.exchange(true)) return store;
    const auto end = store.high_water().value();
    // Larger files in larger stores, so that there are never very many.
    const ArchiveRequest request{
        .before = Position(end), .file_events = 3 + end / 20, .force = true, .reason = "room"};
    while (store.archive(request)->more) continue;
    archiving_ = false;
    return store;
  }

 private:
  std::atomic<bool> archiving_{false};
};

}  // namespace tidemark::store
