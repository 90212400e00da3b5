#pragma once

#include <cstdint>
#include <optional>

#include "log_reader.hpp"
#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::store {

/// A sum over the appends that the events tell of, whatever the order they come in, to be compared
/// with the sum over the stored outcomes: both are scans, where a look-up for each append would
/// cost as much as the rest of the check.
class AppendTally {
 public:
  /// The next event of the log. An append whose id is that of its first event has no outcome
  /// stored, and is left out.
  void add_event(const EventView& event);
  /// A whole append.
  void add(const AppendId& append, std::uint64_t first, std::uint64_t events);

  /// The sum so far, with the append that the last event belongs to.
  [[nodiscard]] std::uint64_t sum() const;

 private:
  std::uint64_t sum_ = 0;
  AppendId append_;
  bool told_by_events_ = false;
  std::uint64_t first_ = 0;
  std::uint64_t events_ = 0;  ///< 0: nothing to add
};

/// Whether the stored outcomes are those of the events up to `end`; the first place where not.
std::optional<Damage> check_appends(LogReader& reader, const AppendTally& events, Position end);

}  // namespace tidemark::store
