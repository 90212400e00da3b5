#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "log_reader.hpp"
#include "tidemark/runtime/blocking_call.hpp"
#include "tidemark/store/integrity.hpp"

namespace tidemark::store {

/// Compares what the side store knows of correlation ids with the events, along a scan of them, by
/// a sum: its own is computed by a thread meanwhile.
class SideCheck {
 public:
  /// `reader` must outlive it, and belong to it alone.
  explicit SideCheck(LogReader& reader);
  ~SideCheck();
  SideCheck(const SideCheck&) = delete;
  SideCheck& operator=(const SideCheck&) = delete;

  /// The next event of the log.
  void add(const Metadata& metadata);
  /// When all up to `end` were added: what is wrong. Throws `Failure` "store.corrupt" when it is
  /// damaged in another way.
  [[nodiscard]] std::optional<Damage> finish(Position end);

 private:
  LogReader& reader_;
  const Position through_;  ///< when the scan began: up to there it does not change
  std::uint64_t sum_ = 0;   ///< over events, whatever the order
  std::optional<std::uint64_t> side_sum_;
  std::atomic<bool> given_up_ = false;  ///< whoever wanted to know is gone
  runtime::BlockingCall summing_{"verify-side"};
};

}  // namespace tidemark::store
