#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "contract/store/kill_run.hpp"

namespace tidemark::store {

/// What is not as it should be with the cold files beside a log in `folder`, when what broke off
/// has been cleared away and when more was archived.
inline std::vector<std::string> check_archives(StoreEngine& store,
                                               const std::filesystem::path& folder,
                                               std::uint64_t file_events) {
  std::vector<std::string> differences;
  const auto count = [&](const char* when) {
    while (store.maintain()) continue;
    std::uint64_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      files += entry.path().filename().string().starts_with("log.cold-") ? 1U : 0U;
    }
    const auto named = store.facts(false).archives;
    if (files == named) return;
    differences.push_back(
        fmt::format("{} cold files, and {} that are named, {}", files, named, when));
  };
  count("after upkeep");
  while (store.archive({.before = store.high_water(), .file_events = file_events})->more) continue;
  count("after more was archived");
  const auto left = store.high_water().value() - store.facts(false).archived_events;
  if (left > file_events) differences.push_back(fmt::format("{} events are not archived", left));
  return differences;
}

/// Writers that archive what they append, a few events to a file, to the log in `folder`.
inline KillPlan archiving_kills(const std::string& address, const std::filesystem::path& folder) {
  KillPlan plan{.address = address, .archive_events = 100};
  plan.look = [=](StoreEngine& store) {
    return check_archives(store, folder, plan.archive_events);
  };
  return plan;
}

}  // namespace tidemark::store
