#pragma once

#include <cstdint>
#include <string>

#include "tidemark/store/checkpoint.hpp"

namespace tidemark::store {

/// What is to lie in cold files.
struct ArchiveRequest {
  Position before;  ///< the first event that stays in the log's file; the newest stays always
  /// Positions in one cold file, at least 1. Only whole files are made.
  std::uint64_t file_events = 1'000'000;
  /// Also what a registered consumer has not handled; needs a reason, which the log does not keep.
  bool force = false;
  std::string reason = {};
};

/// What `archive` did in one round.
struct Archived {
  std::uint64_t files = 0;   ///< that are in use now
  std::uint64_t events = 0;  ///< in them
  std::uint64_t bytes = 0;   ///< of them
  bool forced = false;       ///< it passed a registered consumer
  bool more = false;         ///< there is more to do
};

/// How many positions a request would move, of which so many are archived already.
std::uint64_t to_archive(const ArchiveRequest& request, std::uint64_t archived, Position end);

}  // namespace tidemark::store
