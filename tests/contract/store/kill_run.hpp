#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "contract/store/writer_check.hpp"
#include "contract/store/writer_process.hpp"
#include "tidemark/base/random.hpp"

namespace tidemark::store {

/// Writers that are killed again and again while they append, on one store.
struct KillPlan {
  std::string address;  ///< of a store that is there, see `store_address.hpp`
  std::uint64_t kills = 10;
  std::uint64_t seed = 1;
  std::uint64_t threads = 16;
  std::uint64_t archive_events = 0;  ///< see `WriterPlan`
  /// What strikes the writer at the chosen moment, after which it ends. By default it is killed
  /// itself; another process that it depends on could be.
  std::function<void(WriterProcess&)> strike = [](WriterProcess& writer) { writer.kill(); };
  /// Looks at the store besides, after each kill; each difference is a sentence.
  std::function<std::vector<std::string>(StoreEngine&)> look = [](StoreEngine&) {
    return std::vector<std::string>();
  };
};

struct KillResult {
  std::uint64_t kills = 0;
  std::uint64_t while_appending = 0;  ///< kills that met appends under way
  std::uint64_t while_opening = 0;    ///< kills before the first append was begun
  std::vector<std::string> differences;
  WriterCheck::Tally tally;
};

/// After each kill the store is opened and compared with what the writer was told; the next writer
/// first hands in again what was under way. `progress` is called after each kill. Stops at the
/// first difference.
KillResult run_kills(const KillPlan& plan,
                     const std::function<void(const KillResult& so_far)>& progress);

}  // namespace tidemark::store
